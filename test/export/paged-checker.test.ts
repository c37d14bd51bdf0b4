// The checker on a real graph over blocks, whole and with one fault planted at a time.

import { describe, expect, test } from 'vitest';
import { checkGraph } from '../../export/graph/checker.ts';
import { gpt2Graph } from '../../export/graph/gpt2-graph.ts';
import { float, int, type Value } from '../../export/graph/ir.ts';
import { type SignatureSizes, signature } from '../../models/gpt2/signature.ts';
import { weightShapes } from '../../models/gpt2/weights.ts';
import { faultsIn, unread } from './planted-faults.ts';
import { tinyConfig } from './tiny-checkpoint.ts';

const sizes: SignatureSizes = {
  ...tinyConfig,
  headSize: 8,
  blockSize: 16,
  cacheType: 'float16',
  candidateCount: 10,
};
const contract = signature(sizes);
const graph = gpt2Graph(tinyConfig, unread(weightShapes(tinyConfig)), {
  precision: 'fp16',
  candidateCount: 10,
  cacheScales: null,
  blockSize: 16,
});
const { withNode, withAttributes, withInput, withOutput } = faultsIn(graph);

const input = (name: string): Value => graph.inputs.find((value) => value.name === name)!;

test('the graph is sound', () => {
  expect(() => checkGraph(graph, contract)).not.toThrow();
});

test('tokens are packed from the first node to the last: nothing has to be reshaped', () => {
  const operators = graph.nodes.map(({ operator }) => operator);
  const counts = (name: string) => operators.filter((operator) => operator === name).length;
  expect(counts('PagedAttention')).toBe(tinyConfig.layerCount);
  expect(counts('SkipLayerNormalization')).toBe(2 * tinyConfig.layerCount + 1);
  expect(counts('FastGelu')).toBe(tinyConfig.layerCount);
  expect(operators).not.toContain('Reshape');
  expect(operators).not.toContain('LayerNormalization');
});

const attention = 'PagedAttention';

test.each<readonly [string, () => typeof graph, string]>([
  [
    'a slot at the place of a sink',
    () =>
      withNode(attention, (node) => {
        return { ...node, inputs: node.inputs.with(11, node.inputs[10]!).with(10, null) };
      }),
    'its inputs are the 0,3,4,5,6,7,11,16',
  ],
  ['no metadata', () => withInput(attention, 16, null), 'its inputs are the 0,3,4,5,6,7,10'],
  [
    'past lengths at the place of boundaries',
    () => withInput(attention, 5, input('past_seqlens')),
    'boundaries of sequences',
  ],
  [
    'boundaries at the place of past lengths',
    () => withInput(attention, 6, input('cumulative_sequence_length')),
    'one table for each sequence',
  ],
  [
    'slots at the place of tables',
    () => withInput(attention, 7, input('slot_mapping')),
    'a matrix is needed',
  ],
  [
    'past lengths at the place of slots',
    () => withInput(attention, 10, input('past_seqlens')),
    'one slot for each token',
  ],
  [
    'positions at the place of slots',
    () => withInput(attention, 10, input('position_ids')),
    'int32 is needed, not int64',
  ],
  [
    'slots at the place of metadata',
    () => withInput(attention, 16, input('slot_mapping')),
    'three numbers of metadata',
  ],
  [
    'a cache that is none',
    () => withInput(attention, 3, input('position_ids')),
    'float16 is needed, not int64',
  ],
  [
    'heads of another number',
    () => withAttributes(attention, { num_heads: int(2) }),
    'num_heads differs from the cache',
  ],
  [
    'fewer key heads',
    () => withAttributes(attention, { kv_num_heads: int(1) }),
    'GPT-2 has as many kv heads',
  ],
  ['no scale', () => withAttributes(attention, { scale: float(0) }), 'the scale must be said'],
  [
    'a rotation',
    () => withAttributes(attention, { do_rotary: int(1) }),
    'the attribute do_rotary is not known',
  ],
  [
    'a cache that comes out as another',
    () => withOutput(attention, 1, { shape: ['blocks', 32, 3, 8] }),
    'is said to be float16 [blocks, 32, 3, 8], but is float16 [blocks, 16, 3, 8]',
  ],
])('%s is found', (_, plant, message) => {
  expect(() => checkGraph(plant(), contract)).toThrow(message);
});

describe('sizes that the operator does not take are found', () => {
  test.each([
    [8, 'blocks of 8 tokens are none'],
    [48, 'blocks of 48 tokens are none'],
  ])('blocks of %i', (blockSize, message) => {
    const options = { precision: 'fp16', candidateCount: 10, cacheScales: null } as const;
    const weights = unread(weightShapes(tinyConfig));
    expect(() => gpt2Graph(tinyConfig, weights, { ...options, blockSize })).toThrow(message);
  });

  test('heads of more than 256', () => {
    const wide = { ...tinyConfig, width: 264, headCount: 1 };
    const options = { precision: 'fp16', candidateCount: 10, cacheScales: null } as const;
    const weights = unread(weightShapes(wide));
    expect(() => gpt2Graph(wide, weights, { ...options, blockSize: 256 })).toThrow(
      'a head size of 264 is no multiple of 8 up to 256',
    );
  });
});
