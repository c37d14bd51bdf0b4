// The checker on a real graph, whole and with one fault planted at a time.

import { beforeAll, expect, test } from 'vitest';
import type { WeightSource } from '../../export/checkpoint/checkpoint.ts';
import { checkGraph } from '../../export/graph/checker.ts';
import { gpt2Graph } from '../../export/graph/gpt2-graph.ts';
import { type Graph, int, type Node, string, type Value } from '../../export/graph/ir.ts';
import { signature } from '../../models/gpt2/signature.ts';
import { weightShapes } from '../../models/gpt2/weights.ts';
import { tinyConfig } from './tiny-checkpoint.ts';

const contract = signature({
  ...tinyConfig,
  headSize: 8,
  blockSize: null,
  cacheType: 'float32',
  candidateCount: 10,
});
let graph: Graph;
beforeAll(() => {
  const shapes = weightShapes(tinyConfig);
  const weights: WeightSource = {
    shape: (name) => shapes.get(name)!,
    read: () => {
      throw new Error('building a graph reads no weights');
    },
  };
  graph = gpt2Graph(tinyConfig, weights, {
    precision: 'fp32',
    candidateCount: 10,
    cacheScales: null,
    blockSize: null,
  });
});

/** The first node of an operator, changed. */
function withNode(operator: string, change: (node: Node) => Node): Graph {
  const at = graph.nodes.findIndex((node) => node.operator === operator);
  return { ...graph, nodes: graph.nodes.with(at, change(graph.nodes[at]!)) };
}

function withOutput(operator: string, change: Partial<Value>): Graph {
  return withNode(operator, (node) => ({
    ...node,
    outputs: node.outputs.with(0, { ...node.outputs[0]!, ...change }),
  }));
}

function withAttributes(operator: string, attributes: Node['attributes']): Graph {
  return withNode(operator, (node) => ({
    ...node,
    attributes: { ...node.attributes, ...attributes },
  }));
}

test('the graph of a GPT-2 is sound', () => {
  expect(() => checkGraph(graph, contract)).not.toThrow();
});

test('each parameter is stored once, however often it is used', () => {
  const names = graph.parameters.map(({ value }) => value.name);
  expect(names.toSorted()).toEqual([...weightShapes(tinyConfig).keys()].toSorted());
});

const faults: readonly [string, () => Graph, string][] = [
  [
    'a value made twice',
    () => ({ ...graph, nodes: [...graph.nodes, graph.nodes[0]!] }),
    'is made twice',
  ],
  [
    'a value used before it is made',
    () => ({ ...graph, nodes: graph.nodes.toReversed() }),
    'before it is made',
  ],
  ['a value nobody uses', () => withExtraNode(), 'unused is never used'],
  ['a parameter that is gone', () => ({ ...graph, parameters: [] }), 'before it is made'],
  [
    'a width that is claimed but not so',
    () => withOutput('Gelu', { shape: ['batch*tokens', 41] }),
    'is said to be float32 [batch*tokens, 41], but is float32 [batch*tokens, 40]',
  ],
  ['a type that is claimed but not so', () => withOutput('Shape', { type: 'int32' }), 'int32 [2]'],
  [
    'a norm over another width',
    () => withNode('LayerNormalization', (node) => ({ ...node, inputs: swapped(node) })),
    'the weight has another width',
  ],
  ['an operator nobody knows', () => withNode('Gelu', rename('Swish')), 'Swish is not known'],
  [
    'an operator of another domain',
    () => withNode('Gelu', (node) => ({ ...node, domain: 'com.microsoft' })),
    'com.microsoft.Gelu is not known',
  ],
  ['an attribute nobody knows', () => withAttributes('Gemm', { beta: int(0) }), 'attribute beta'],
  [
    'a gelu of a third kind',
    () => withAttributes('Gelu', { approximate: string('sigmoid') }),
    'whether gelu is exact must be said',
  ],
  [
    'a wrong number of heads',
    () => withAttributes('GroupQueryAttention', { num_heads: int(4) }),
    'num_heads differs from the cache',
  ],
  [
    'rotary positions',
    () => withAttributes('GroupQueryAttention', { do_rotary: int(1) }),
    'adds its positions outside',
  ],
  [
    'a scale left to the operator',
    () =>
      withNode('GroupQueryAttention', ({ attributes: { scale: _, ...attributes }, ...node }) => ({
        ...node,
        attributes,
      })),
    'the scale must be said',
  ],
  [
    'a matrix product of unequal depths',
    () => withAttributes('Gemm', { transB: int(1) }),
    'depth 24 meets 72',
  ],
  ['more candidates than entries', () => withConstant([10], [98]), '98 of 97 entries'],
  ['a reshape that loses numbers', () => withConstant([-1, 24], [-1, 25]), 'cannot become'],
  [
    'an output that is missing',
    () => ({ ...graph, outputs: graph.outputs.slice(1) }),
    '8 outputs, the signature has 9',
  ],
  [
    'outputs in another order',
    () => ({ ...graph, outputs: graph.outputs.toReversed() }),
    'output 0 is present_value_1',
  ],
  [
    'an input of another type',
    () => ({ ...graph, inputs: graph.inputs.with(0, { ...graph.inputs[0]!, type: 'int32' }) }),
    'input 0 is input_ids int32 [batch, tokens], the signature has input_ids int64',
  ],
  [
    'an output that nothing makes',
    () => withOutput('TopK', { name: 'other' }),
    'nothing makes the output top_scores',
  ],
];

test.each(faults)('%s is found', (_, plant, message) => {
  expect(() => checkGraph(plant(), contract)).toThrow(message);
});

function withExtraNode(): Graph {
  const [first] = graph.nodes;
  const extra = { ...first!, outputs: [{ ...first!.outputs[0]!, name: 'unused' }] };
  return { ...graph, nodes: [...graph.nodes, extra] };
}

function withConstant(numbers: readonly number[], instead: readonly number[]): Graph {
  const isMeant = (constant: readonly number[]) => constant.join() === numbers.join();
  return {
    ...graph,
    constants: graph.constants.map((constant) =>
      isMeant(constant.numbers) ? { ...constant, numbers: instead } : constant,
    ),
  };
}

const rename = (operator: string) => (node: Node) => ({ ...node, operator });

function swapped({ inputs: [x, weight, bias] }: Node): Node['inputs'] {
  return [weight!, x!, bias!];
}
