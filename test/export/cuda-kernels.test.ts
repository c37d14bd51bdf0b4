// A graph in fp16 stays on the GPU: the CUDA provider has a kernel for each node, and what a kernel
// reads on the host is there already. (That the provider then takes each node is asked of the session
// that serves.)

import { describe, expect, test } from 'vitest';
import { gpt2Graph } from '../../export/graph/gpt2-graph.ts';
import type { Graph, Node } from '../../export/graph/ir.ts';
import { publishedSizes } from '../../models/gpt2/config.ts';
import { weightShapes } from '../../models/gpt2/weights.ts';
import type { Precision } from '../../models/manifest.ts';
import { cudaKernels } from './cuda-kernels.ts';
import { tinyConfig } from './tiny-checkpoint.ts';

function graphOf(
  config = tinyConfig,
  precision: Precision = 'fp16',
  blockSize: number | null = null,
): Graph {
  const shapes = weightShapes(config);
  const weights = {
    shape: (name: string) => shapes.get(name)!,
    read: () => {
      throw new Error('building a graph reads no weights');
    },
  };
  return gpt2Graph(config, weights, {
    precision,
    candidateCount: 10,
    cacheScales: null,
    blockSize,
  });
}

const nameOf = ({ domain, operator }: Node) => (domain === '' ? operator : `${domain}.${operator}`);

/** Each node with an input that no kernel takes, or that has no kernel at all. */
function withoutKernel(graph: Graph): string[] {
  return graph.nodes.flatMap((node) => {
    const name = nameOf(node);
    const kernel = Object.hasOwn(cudaKernels, name) ? cudaKernels[name]! : null;
    if (kernel === null) return [name];
    return node.inputs.flatMap((value, at) => {
      const types = kernel.types[Math.min(at, kernel.types.length - 1)]!;
      return value === null || types.includes(value.type) ? [] : [`${name} ${at}: ${value.type}`];
    });
  });
}

const configs = [
  ['a small one', tinyConfig],
  ['padded heads', { ...tinyConfig, width: 20, headCount: 4 }],
  ['a head of its own', { ...tinyConfig, headWeight: 'lm_head.weight' as const }],
  ['the exact gelu', { ...tinyConfig, activation: 'gelu' as const }],
  ['relu', { ...tinyConfig, activation: 'relu' as const }],
  ['124M', publishedSizes['124M']],
] as const;

const layouts = [
  { layout: 'rows', blockSize: null, hostInput: 'total_sequence_length' },
  { layout: 'blocks', blockSize: 256, hostInput: 'attention_metadata' },
] as const;
const cases = layouts.flatMap((kind) =>
  configs.map(([name, config]) => ({ name, config, ...kind })),
);

describe.each(cases)('in fp16 over $layout, $name', ({ config, blockSize, hostInput }) => {
  const graph = graphOf(config, 'fp16', blockSize);

  test('every node has a CUDA kernel', () => {
    expect(withoutKernel(graph)).toEqual([]);
  });

  test('what is read on the host is a constant, or the one input that lies there', () => {
    const constants = new Set(graph.constants.map(({ value }) => value.name));
    for (const node of graph.nodes) {
      for (const at of cudaKernels[nameOf(node)]!.onHost ?? []) {
        const value = node.inputs[at];
        if (value == null) continue;
        const isThere = constants.has(value.name) || value.name === hostInput;
        expect(isThere, `${nameOf(node)} reads ${value.name}`).toBe(true);
      }
    }
  });

  test('the input that lies on the host is read there only', () => {
    for (const node of graph.nodes) {
      node.inputs.forEach((value, at) => {
        if (value?.name !== hostInput) return;
        expect(cudaKernels[nameOf(node)]!.onHost).toContain(at);
      });
    }
  });
});

test('a graph in fp32 would not stay there', () => {
  const lost = withoutKernel(graphOf(tinyConfig, 'fp32'));
  expect(lost).toContain('com.microsoft.GroupQueryAttention 0: float32');
});

test('nothing as large as a vocabulary is reduced to its maximum, which takes CUDA milliseconds', () => {
  const operators = new Set(graphOf(publishedSizes['124M']).nodes.map(({ operator }) => operator));
  expect([...operators].filter((operator) => operator.startsWith('Reduce'))).toEqual([]);
});
