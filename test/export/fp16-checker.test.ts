// The checker on a real graph in fp16, whole and with one fault planted at a time.

import { expect, test } from 'vitest';
import { checkGraph } from '../../export/graph/checker.ts';
import { gpt2Graph } from '../../export/graph/gpt2-graph.ts';
import { float, type Graph, int, type Node, type Value } from '../../export/graph/ir.ts';
import { type SignatureSizes, signature } from '../../models/gpt2/signature.ts';
import { weightShapes } from '../../models/gpt2/weights.ts';
import { faultsIn, unread } from './planted-faults.ts';
import { tinyConfig } from './tiny-checkpoint.ts';

const sizes: SignatureSizes = {
  ...tinyConfig,
  headSize: 8,
  blockSize: null,
  cacheType: 'float16',
  candidateCount: 10,
};
const contract = signature(sizes);
const graph = build();

function build(): Graph {
  return gpt2Graph(tinyConfig, unread(weightShapes(tinyConfig)), {
    precision: 'fp16',
    candidateCount: 10,
    cacheScales: null,
    blockSize: null,
  });
}

const { withNode, withAttributes, withInput, withOutput, withStored } = faultsIn(graph);

/** Other bounds of what of the table's products become logits. */
function withSlice(start: readonly number[], end: readonly number[]): Graph {
  const bound = (name: string, numbers: readonly number[]) => {
    return { value: { name, type: 'int64', shape: [1] } as Value, numbers };
  };
  const [from, to] = [bound('from', start), bound('to', end)];
  const isLogits = ({ operator, outputs }: Node) =>
    operator === 'Slice' && outputs[0]!.shape[1] === tinyConfig.vocabularySize;
  return {
    ...graph,
    constants: [...graph.constants, from, to],
    nodes: graph.nodes.map((node) =>
      isLogits(node)
        ? { ...node, inputs: [node.inputs[0]!, from.value, to.value, node.inputs[3]!] }
        : node,
    ),
  };
}

const withConstant = (numbers: readonly number[], instead: readonly number[]): Graph => ({
  ...graph,
  constants: graph.constants.map((constant) =>
    constant.numbers.join() === numbers.join() ? { ...constant, numbers: instead } : constant,
  ),
});

test('the graph is sound', () => {
  expect(() => checkGraph(graph, contract)).not.toThrow();
});

test('every parameter is stored in float16, and lookup and head share one table', () => {
  const stored = new Map(graph.parameters.map(({ value }) => [value.name, value]));
  expect([...stored.keys()].toSorted()).toEqual(
    [...weightShapes(tinyConfig).keys()]
      .map((name) => `${name}.fp16`)
      .concat('wte.weight.mean')
      .toSorted(),
  );
  for (const { type } of stored.values()) expect(type).toBe('float16');
  expect(stored.get('wte.weight.fp16')!.shape).toEqual([128, 24]);
  expect(stored.get('wpe.weight.fp16')!.shape).toEqual([16, 24]);
});

const faults: readonly [string, () => Graph, string][] = [
  [
    'a weight left in float32',
    () => withStored('h.0.attn.c_attn.weight.fp16', { type: 'float32' }),
    'float16 is needed, not float32',
  ],
  [
    'a bias left in float32',
    () => withStored('h.0.attn.c_attn.bias.fp16', { type: 'float32' }),
    'float16 is needed, not float32',
  ],
  [
    "a norm's weight left in float32",
    () => withStored('h.0.ln_1.weight.fp16', { type: 'float32' }),
    'float16 is needed, not float32',
  ],
  [
    'a matrix of another depth',
    () => withStored('h.0.attn.c_attn.weight.fp16', { shape: [25, 72] }),
    'depth 24 meets 25',
  ],
  [
    'a skip of another shape',
    () => withInput('SkipLayerNormalization', 1, parameter('wte.weight.fp16')),
    'the skip is [128, 24]',
  ],
  [
    'a skip with the bias of another matrix',
    () => withInput('SkipLayerNormalization', 4, parameter('h.0.attn.c_attn.bias.fp16')),
    "the skip's bias differs",
  ],
  [
    'a norm without a number that keeps it finite',
    () => withAttributes('SkipLayerNormalization', { epsilon: float(0) }),
    'epsilon is positive',
  ],
  [
    'a norm over an axis that is not its last',
    () => withAttributes('SkipLayerNormalization', { axis: int(-1) }),
    'the attribute axis is not known',
  ],
  [
    'a norm with no output',
    () => withNode('SkipLayerNormalization', (node) => ({ ...node, outputs: [] })),
    'it has 0 outputs',
  ],
  [
    'a norm with an output too many',
    () =>
      withNode('SkipLayerNormalization', (node) => ({
        ...node,
        outputs: [...node.outputs, { ...node.outputs[0]!, name: 'fifth' }],
      })),
    'it has 5 outputs',
  ],
  [
    'a sum that is claimed to be a statistic',
    () =>
      withNode('SkipLayerNormalization', (node) => ({
        ...node,
        outputs: node.outputs.with(1, sum),
      })),
    'is said to be float16 [batch, tokens, 24], but is float32 [batch, tokens, 1]',
  ],
  [
    'a sum in float32',
    () => withOutput('SkipLayerNormalization', 3, { type: 'float32' }),
    'is said to be float32',
  ],
  [
    'a gelu with the bias of another layer',
    () => withStored('h.0.mlp.c_fc.bias.fp16', { shape: [24] }),
    'the bias has another width',
  ],
  [
    'a gelu of another domain',
    () => withNode('FastGelu', (node) => ({ ...node, domain: '' })),
    'FastGelu is not known',
  ],
  [
    'logits that are cast to something else',
    () => withAttributes('Cast', { to: int(10) }),
    'what is cast becomes float32',
  ],
  [
    'logits that are float32 already',
    () => withInput('Cast', 0, output('logits')),
    'before it is made',
  ],
  ['more logits than the table has rows', () => withSlice([0], [129]), 'entries 0 to 129 of 128'],
  [
    'logits that leave out the first',
    () => withSlice([1], [97]),
    'is said to be float16 [rows, 97], but is float16 [rows, 96]',
  ],
  [
    'logits along the rows',
    () => withConstant([-1], [0]),
    'only entries along the last axis are taken',
  ],
  ['a cache in float32', () => withInputTypes('float32'), 'input 8 is past_key_0 float32'],
];

test.each(faults)('%s is found', (_, plant, message) => {
  expect(() => checkGraph(plant(), contract)).toThrow(message);
});

test('attention over a cache of another float type is found', () => {
  const other = signature({ ...sizes, cacheType: 'float32' });
  expect(() => checkGraph(withInputTypes('float32'), other)).toThrow('a cache is float16 or int8');
});

const sum: Value = { name: 'sum', type: 'float16', shape: ['batch', 'tokens', 24] };

const parameter = (name: string): Value =>
  graph.parameters.find(({ value }) => value.name === name)!.value;

const output = (name: string): Value => graph.outputs.find((value) => value.name === name)!;

/** The caches of another type, on both sides. */
function withInputTypes(type: Value['type']): Graph {
  const changed = (value: Value) =>
    /^(past|present)_/.test(value.name) ? { ...value, type } : value;
  return {
    ...graph,
    inputs: graph.inputs.map(changed),
    outputs: graph.outputs.map(changed),
    nodes: graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map((value) => value && changed(value)),
      outputs: node.outputs.map((value) => value && changed(value)),
    })),
  };
}
