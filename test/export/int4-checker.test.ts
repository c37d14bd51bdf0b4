// The checker on a real graph over weights in 4 bits, whole and with one fault planted at a time.

import { expect, test } from 'vitest';
import { checkGraph } from '../../export/graph/checker.ts';
import { gpt2Graph } from '../../export/graph/gpt2-graph.ts';
import { type Graph, int, type Node, type Value } from '../../export/graph/ir.ts';
import { signature } from '../../models/gpt2/signature.ts';
import { weightShapes } from '../../models/gpt2/weights.ts';
import { tinyConfig } from './tiny-checkpoint.ts';

const config = { ...tinyConfig, width: 72, innerWidth: 100 };
const contract = signature({
  ...config,
  headSize: 24,
  cacheType: 'float32',
  blockSize: null,
  candidateCount: 10,
});
const shapes = weightShapes(config);
const weights = {
  shape: (name: string) => shapes.get(name)!,
  read: () => {
    throw new Error('building a graph reads no weights');
  },
};
const options = {
  precision: 'int4',
  candidateCount: 10,
  cacheScales: null,
  blockSize: null,
} as const;
const graph = gpt2Graph(config, weights, options);

/** The first product, changed. */
function withProduct(change: (node: Node) => Partial<Node>): Graph {
  const at = graph.nodes.findIndex(({ operator }) => operator === 'MatMulNBits');
  const node = graph.nodes[at]!;
  return { ...graph, nodes: graph.nodes.with(at, { ...node, ...change(node) }) };
}

const withAttributes = (attributes: Node['attributes']) =>
  withProduct((node) => ({ attributes: { ...node.attributes, ...attributes } }));

const withInput = (at: number, value: Value | null) =>
  withProduct(({ inputs }) => ({ inputs: inputs.with(at, value) }));

const parameter = (name: string) =>
  graph.parameters.find(({ value }) => value.name === name)!.value;

/** What a parameter is said to be, changed. */
function withStored(name: string, change: Partial<Value>): Graph {
  const value = { ...parameter(name), ...change };
  const parameters = graph.parameters.map((each) =>
    each.value.name === name ? { ...each, value } : each,
  );
  return { ...graph, parameters };
}

test('the graph is sound', () => {
  expect(() => checkGraph(graph, contract)).not.toThrow();
});

test('matrices of the blocks are stored in 4 bits, outputs first, and the tables in int8', () => {
  const stored = new Map(graph.parameters.map(({ value }) => [value.name, value]));
  const inner = 'h.1.mlp.c_proj.weight'; // 100 = 3 · 32 + 4 inputs
  expect(stored.get(`${inner}.int4`)).toMatchObject({ type: 'uint8', shape: [72, 4, 16] });
  expect(stored.get(`${inner}.scale`)).toMatchObject({ type: 'float32', shape: [72, 4] });
  expect(stored.get(`${inner}.zero`)).toMatchObject({ type: 'uint8', shape: [72, 2] });
  expect(stored.get('wte.weight.int8')).toMatchObject({ type: 'int8', shape: [97, 72] });
  const matrices = [...stored.keys()].filter((name) => {
    return /(wte|attn\.c_\w+|mlp\.c_\w+)\.weight$/.test(name);
  });
  expect(matrices).toEqual([]);
});

const first = 'h.0.attn.c_attn.weight';

const faults: readonly [string, () => Graph, string][] = [
  ['longer blocks', () => withAttributes({ block_size: int(64) }), 'blocks are 32 numbers'],
  ['eight bits', () => withAttributes({ bits: int(8) }), 'blocks are 32 numbers of 4 bits'],
  [
    'activations in float32',
    () => withAttributes({ accuracy_level: int(1) }),
    'rows are multiplied in int8',
  ],
  ['another depth', () => withAttributes({ K: int(64) }), 'depth 72 meets 64'],
  ['another width', () => withAttributes({ N: int(72) }), 'the units are [216, 3, 16], not [72'],
  [
    'an attribute of another operator',
    () => withAttributes({ transB: int(1) }),
    'the attribute transB is not known',
  ],
  [
    'units of another matrix',
    () => withInput(1, parameter('h.0.mlp.c_fc.weight.int4')),
    'the units are [100, 3, 16], not [216, 3, 16]',
  ],
  [
    'units that are signed',
    () => withStored(`${first}.int4`, { type: 'int8' }),
    'uint8 is needed, not int8',
  ],
  [
    'one scale for each output',
    () => withStored(`${first}.scale`, { shape: [216] }),
    'the scales are [216], not [216, 3]',
  ],
  [
    'a zero in a byte of its own',
    () => withStored(`${first}.zero`, { shape: [216, 3] }),
    'the zeros are [216, 3], not [216, 2]',
  ],
  ['a product without zeros', () => withInput(3, null), 'uint8 is needed, not float32'],
  [
    'the bias of another matrix',
    () => withInput(5, parameter('h.0.mlp.c_fc.bias')),
    'the biases are [100], not [216]',
  ],
];

test.each(faults)('%s is found', (_, plant, message) => {
  expect(() => checkGraph(plant(), contract)).toThrow(message);
});
