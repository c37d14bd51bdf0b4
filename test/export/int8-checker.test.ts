// The checker on a real graph over int8 weights with an int8 cache, whole and with one fault planted at
// a time.

import { expect, test } from 'vitest';
import { checkGraph } from '../../export/graph/checker.ts';
import { gpt2Graph } from '../../export/graph/gpt2-graph.ts';
import { type Graph, int, type Node, string, type Value } from '../../export/graph/ir.ts';
import { type SignatureSizes, signature } from '../../models/gpt2/signature.ts';
import { weightShapes } from '../../models/gpt2/weights.ts';
import { faultsIn, unread } from './planted-faults.ts';
import { tinyConfig } from './tiny-checkpoint.ts';

const sizes: SignatureSizes = {
  ...tinyConfig,
  headSize: 8,
  blockSize: null,
  cacheType: 'int8',
  candidateCount: 10,
};
const contract = signature(sizes);
const graph = build();

function build(): Graph {
  const channelCount = tinyConfig.headCount * sizes.headSize;
  const scales = () =>
    Array.from({ length: tinyConfig.layerCount }, () => new Float32Array(channelCount));
  return gpt2Graph(tinyConfig, unread(weightShapes(tinyConfig)), {
    precision: 'int8',
    candidateCount: 10,
    blockSize: null,
    cacheScales: { keys: scales(), values: scales() },
  });
}

const { withNode, withAttributes, withInput, withStored } = faultsIn(graph);

const parameter = (name: string) =>
  graph.parameters.find(({ value }) => value.name === name)!.value;

test('the graph is sound', () => {
  expect(() => checkGraph(graph, contract)).not.toThrow();
});

test('matrices are stored in int8 with their scales, and lookup and head share one table', () => {
  const stored = new Map(graph.parameters.map(({ value }) => [value.name, value]));
  expect(stored.size).toBe(graph.parameters.length);
  expect(stored.get('wte.weight.int8')).toMatchObject({ type: 'int8', shape: [97, 24] });
  expect(stored.get('wte.weight.scale')).toMatchObject({ type: 'float32', shape: [97] });
  expect(stored.get('h.1.mlp.c_fc.weight.int8')).toMatchObject({ type: 'int8', shape: [24, 40] });
  expect(stored.get('h.1.mlp.c_fc.weight.scale')).toMatchObject({ shape: [40] });
  expect(stored.get('wpe.weight')).toMatchObject({ type: 'float32' });
  const matrices = [...stored.keys()].filter((name) =>
    /(wte|attn\.c_\w+|mlp\.c_\w+)\.weight$/.test(name),
  );
  expect(matrices).toEqual([]);
});

const product = 'MatMulIntegerToFloat';
const attention = 'GroupQueryAttention';

const faults: readonly [string, () => Graph, string][] = [
  [
    'a block that is no whole row',
    () => withAttributes('QuantizeLinear', { block_size: int(8) }),
    'a row is a block',
  ],
  [
    'a row that is measured along the other axis',
    () => withAttributes('QuantizeLinear', { axis: int(0) }),
    'a row is a block',
  ],
  [
    'one scale for all rows',
    () => withInput('QuantizeLinear', 1, scalar('float32')),
    'the scale is []',
  ],
  [
    'a zero of int8',
    () =>
      withNode('Expand', (node) => ({ ...node, outputs: [{ ...node.outputs[0]!, type: 'int8' }] })),
    'is said to be int8',
  ],
  [
    'a zero of float32',
    () => withInput('QuantizeLinear', 2, quantizeScale()),
    'uint8 is needed, not float32',
  ],
  [
    'a scale for each row instead of each output',
    () => withStored('h.0.attn.c_attn.weight.scale', { shape: [24] }),
    'one scale for each output',
  ],
  [
    'weights that are said to be uint8',
    () => withStored('h.0.attn.c_attn.weight.int8', { type: 'uint8' }),
    'int8 is needed, not uint8',
  ],
  [
    'weights left in float32',
    () => withStored('h.0.attn.c_attn.weight.int8', { type: 'float32' }),
    'int8 is needed, not float32',
  ],
  [
    'activations left in float32',
    () => withNode(product, (node) => ({ ...node, inputs: node.inputs.with(0, floatOf(node)) })),
    'uint8 is needed, not float32',
  ],
  [
    'weights of another depth',
    () => withInput(product, 1, parameter('h.0.mlp.c_proj.weight.int8')),
    'depth 24 meets 40',
  ],
  [
    'a product with no zero',
    () => withInput(product, 4, scalar('float32')),
    'uint8 is needed, not float32',
  ],
  [
    'a head that is not transposed',
    () => withAttributes('QGemm', { transB: int(0) }),
    'x · Wᵀ, and no factor',
  ],
  [
    'a table with a scale for each column',
    () => withStored('wte.weight.scale', { shape: [24] }),
    'one scale for each output',
  ],
  [
    'a head with the scales of a matrix',
    () => withInput('QGemm', 4, parameter('h.0.mlp.c_fc.weight.scale')),
    'one scale for each output',
  ],
  [
    'a lookup with a scale for each column',
    () => withAttributes('DequantizeLinear', { axis: int(1) }),
    'rows have scales',
  ],
  [
    'a largest of everything',
    () => withAttributes('ReduceMax', { keepdims: int(0) }),
    'only [n, m] -> [n, 1]',
  ],
  [
    'an int8 cache without scales',
    () => withNode(attention, (node) => ({ ...node, inputs: node.inputs.slice(0, 7) })),
    'float32 is needed, not undefined',
  ],
  [
    'an int8 cache with scales for keys only',
    () => withInput(attention, 13, null),
    'float32 is needed, not undefined',
  ],
  [
    'a scale for each head instead of each channel',
    () => withStored('h.0.attn.key_scale', { shape: [1, 3, 1, 1] }),
    'one scale for each channel of each head',
  ],
  [
    'a cache that is announced as one scale for all',
    () => withAttributes(attention, { k_quant_type: string('PER_TENSOR') }),
    'channels have scales of their own',
  ],
  [
    'a cache that is announced as of 4 bits',
    () => withAttributes(attention, { kv_cache_bit_width: int(4) }),
    'a cache is float32 or int8',
  ],
];

test.each(faults)('%s is found', (_, plant, message) => {
  expect(() => checkGraph(plant(), contract)).toThrow(message);
});

test('a cache of another type than the signature says is found', () => {
  const other = signature({ ...sizes, cacheType: 'float32' });
  expect(() => checkGraph(graph, other)).toThrow(
    'input 8 is past_key_0 int8 [batch, 3, 16, 8], the signature has past_key_0 float32',
  );
});

function scalar(type: Value['type']): Value {
  const isMeant = ({ value }: { value: Value }) => value.type === type && value.shape.length === 0;
  return graph.constants.find(isMeant)!.value;
}

const quantizer = () => graph.nodes.find(({ operator }) => operator === 'QuantizeLinear')!;
const quantizeScale = () => quantizer().inputs[1]!;

/** What a product's activations were before they became whole numbers. */
function floatOf(node: Node): Value {
  const made = graph.nodes.find(({ outputs }) => outputs[0]!.name === node.inputs[0]!.name)!;
  return made.inputs[0]!;
}
