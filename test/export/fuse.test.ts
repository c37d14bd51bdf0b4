// What the fusions make of a graph, and that it computes the same.

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openCheckpoint } from '../../export/checkpoint/checkpoint.ts';
import { exportCheckpoint } from '../../export/export.ts';
import { checkGraph } from '../../export/graph/checker.ts';
import { fuse } from '../../export/graph/fuse.ts';
import { type GraphOptions, plainGraph } from '../../export/graph/gpt2-graph.ts';
import type { Graph } from '../../export/graph/ir.ts';
import { writeOnnx } from '../../export/onnx/write.ts';
import { Session } from '../../export/verify-session.ts';
import { type Gpt2Config, publishedSizes } from '../../models/gpt2/config.ts';
import { signature } from '../../models/gpt2/signature.ts';
import { weightShapes } from '../../models/gpt2/weights.ts';
import type { Precision } from '../../models/manifest.ts';
import { temporaryFolder } from '../support/folders.ts';
import { openNodeRunner } from './node-runner.ts';
import { tinyConfig, writeCheckpoint } from './tiny-checkpoint.ts';

const folder = temporaryFolder();
const options = (precision: Precision): GraphOptions => {
  return { precision, candidateCount: 10, cacheScales: null, blockSize: null };
};

function plain(config: Gpt2Config, precision: Precision = 'fp16'): Graph {
  const shapes = weightShapes(config);
  const read = () => {
    throw new Error('building a graph reads no weights');
  };
  return plainGraph(config, { shape: (name) => shapes.get(name)!, read }, options(precision));
}

/** How often each operator is there. */
function counts({ nodes }: Graph): Record<string, number> {
  const result: Record<string, number> = {};
  for (const { operator } of nodes) result[operator] = (result[operator] ?? 0) + 1;
  return result;
}

describe('in the graph of 124M', () => {
  const fused = fuse(plain(publishedSizes['124M']));

  test('each norm takes the sum before it, and each gelu the bias before it', () => {
    expect(counts(fused)).toMatchObject({ SkipLayerNormalization: 25, FastGelu: 12, MatMul: 48 });
    expect(counts(fused)).not.toHaveProperty('LayerNormalization');
    expect(counts(fused)).not.toHaveProperty('Gelu');
  });

  test('what is left to add are the biases of queries, keys and values, and what logits share', () => {
    const added = fused.nodes.filter(({ operator }) => operator === 'Add');
    expect(added.pop()!.outputs[0]!.name).toBe('logits');
    expect(added.map(({ inputs }) => inputs[1]!.name)).toEqual(
      Array.from({ length: 12 }, (_, layer) => `h.${layer}.attn.c_attn.bias.fp16`),
    );
  });

  test('the last norm keeps no sum, since nobody adds to it, and all others do', () => {
    const norms = fused.nodes.filter(({ operator }) => operator === 'SkipLayerNormalization');
    expect(norms.map(({ outputs }) => outputs.length)).toEqual([...Array(24).fill(4), 1]);
    for (const { outputs } of norms) {
      expect(outputs.slice(1, 3).every((statistic) => statistic === null)).toBe(true);
    }
    // The first adds tokens and their mean to positions; each other the result of a matrix and its bias.
    expect(norms.map(({ inputs }) => inputs.length)).toEqual(Array(25).fill(5));
    expect(norms[0]!.inputs[4]!.name).toBe('wte.weight.mean');
  });
});

test.each([
  ['gelu', { Gelu: 2, Add: 5 }],
  ['relu', { Relu: 2, Add: 5 }],
] as const)('%s stays what it is, with its bias', (activation, expected) => {
  const fused = fuse(plain({ ...tinyConfig, activation }));
  expect(counts(fused)).toMatchObject({ SkipLayerNormalization: 5, ...expected });
  expect(counts(fused)).not.toHaveProperty('FastGelu');
});

test('what somebody else reads, too, is not fused away', () => {
  const graph = plain(tinyConfig);
  const gelu = graph.nodes.find(({ operator }) => operator === 'Gelu')!;
  const [sum] = gelu.inputs;
  const other = {
    ...gelu,
    operator: 'Relu',
    attributes: {},
    outputs: [{ ...gelu.outputs[0]!, name: 'other' }],
  };
  const watched = { ...graph, nodes: [...graph.nodes, other] };
  const adds = fuse(watched).nodes.filter(({ outputs }) => outputs[0]!.name === sum!.name);
  expect(adds).toHaveLength(1);
});

test('a graph with nothing to fuse stays as it is', () => {
  const fused = fuse(plain(tinyConfig));
  expect(fuse(fused)).toEqual(fused);
});

describe.each(['fp16', 'fp32'] as const)('in %s', (precision) => {
  test('fused or not, a graph is sound and computes the same', async () => {
    const config = { ...tinyConfig, width: 20, headCount: 4 };
    const checkpointDirectory = writeCheckpoint(path.join(folder, precision), config);
    const outputDirectory = path.join(folder, `${precision}-artifact`);
    const manifest = await exportCheckpoint({ checkpointDirectory, outputDirectory, precision });
    const checkpoint = openCheckpoint(checkpointDirectory);
    const graph = plainGraph(config, checkpoint, options(precision));
    const { headSize, precision: stored } = manifest.cache;
    const cacheType = stored === 'fp16' ? 'float16' : 'float32';
    const fixed = { headSize, cacheType, blockSize: null, candidateCount: 10 } as const;
    const contract = signature({ ...config, ...fixed });
    const ids = Array.from({ length: 16 }, (_, at) => (at * 31 + 5) % 97);
    const logits: number[][] = [];
    for (const [name, each] of [
      ['plain', graph],
      ['fused', fuse(graph)],
    ] as const) {
      expect(() => checkGraph(each, contract)).not.toThrow();
      const directory = path.join(folder, `${precision}-${name}`);
      mkdirSync(directory);
      await writeOnnx(each, directory, () => {});
      const runner = await openNodeRunner(directory);
      const session = new Session(manifest, runner.run, 1);
      const outputs = await session.step([{ ids, from: 0, to: ids.length }]);
      logits.push(ids.flatMap((_, at) => outputs.logits(at)));
      await runner.close();
    }
    checkpoint.close();
    const [before, after] = logits as [number[], number[]];
    const largest = Math.max(...before.map(Math.abs));
    const error = Math.max(...before.map((logit, at) => Math.abs(logit - after[at]!))) / largest;
    if (process.env['SHOW']) console.log('SHOW', precision, error);
    expect(error).toBeLessThan(precision === 'fp16' ? 2e-3 : 1e-6);
    expect(largest).toBeGreaterThan(1);
  });
});
