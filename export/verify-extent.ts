// How much of an artifact is compared with the reference before it is kept. In full, the whole model is
// loaded and run. Of a large one, by default, parts:
//
//   first block, last block   each run between the embeddings and the head, over the artifact's data
//   all tensors               read back from where the graph says they lie, byte by byte
//
// Then no more than one block is loaded at a time. What no part covers is how blocks follow one
// another in the graph: that comes from the loop that a smaller model's graph comes from, too.

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Manifest } from '../models/manifest.ts';
import type { WeightSource } from './checkpoint/checkpoint.ts';
import type { GraphOptions } from './graph/gpt2-graph.ts';
import type { Graph } from './graph/ir.ts';
import { pagedOnCpu } from './graph/paged-on-cpu.ts';
import { writeOneBlock } from './one-block.ts';
import { writeOverData } from './over-data.ts';
import type { OnProgress } from './progress.ts';
import { type Comparison, stepCount, verifyArtifact } from './verify.ts';
import { verifyData } from './verify-data.ts';
import type { ArtifactRunner } from './verify-session.ts';

export type VerifyChoice = 'auto' | 'full' | 'quick';

/** 355M is verified in full, 774M is not. */
const mostParametersInFull = 400e6;

/** What is compared where it was not said. */
function usualExtent({ parameterCount }: Manifest): 'full' | 'quick' {
  return parameterCount <= mostParametersInFull ? 'full' : 'quick';
}

/** A written artifact, and what it was written from. */
export interface Written {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly graph: Graph;
  readonly options: GraphOptions;
}

export interface Verification extends Comparison {
  /** Those that were run by themselves; null where the whole model was. */
  readonly layers: readonly number[] | null;
}

export interface Checked extends Written {
  readonly weights: WeightSource;
  readonly runWith: (artifactDirectory: string) => Promise<ArtifactRunner>;
  readonly onProgress: OnProgress;
}

/** Throws `ArtifactError` where something differs. */
export function verifyWritten(checked: Checked, choice: VerifyChoice): Promise<Verification> {
  checked.onProgress({ stage: 'verify', done: 0, total: 1 });
  const extent = choice === 'auto' ? usualExtent(checked.manifest) : choice;
  return extent === 'full' ? verifyWhole(checked) : verifyParts(checked);
}

async function verifyWhole(checked: Checked): Promise<Verification> {
  const { folder, manifest, graph, options, onProgress } = checked;
  if (options.blockSize === null) {
    return { layers: null, largestError: await verifyRunnable(checked, folder, onProgress) };
  }
  // Processors cannot run it as it is.
  return await withScratch(folder, async (scratch) => {
    const written = await writeOverData({ folder, graph: pagedOnCpu(graph), manifest }, scratch);
    const twin = { ...checked, manifest: written };
    return { layers: null, largestError: await verifyRunnable(twin, scratch, onProgress) };
  });
}

async function verifyParts(checked: Checked): Promise<Verification> {
  const { folder, manifest, graph, onProgress } = checked;
  const { layerCount } = manifest.config;
  const layers = [...new Set([0, layerCount - 1])];
  const stepsOfBlock = stepCount({ ...manifest.config, layerCount: 1 });
  const total = layers.length * stepsOfBlock + graph.parameters.length;
  let done = 0;
  const onStep = () => onProgress({ stage: 'verify', done: ++done, total });

  const errors: number[] = [];
  for (const layer of layers) errors.push(await verifyBlock(checked, layer, onStep));
  await verifyData(graph, folder, onStep);
  return { layers, largestError: Math.max(...errors) };
}

/** Its largest error. */
async function verifyBlock(checked: Checked, layer: number, onStep: () => void): Promise<number> {
  return await withScratch(checked.folder, async (scratch) => {
    const block = await writeOneBlock(checked, layer, scratch);
    return await verifyRunnable({ ...checked, ...block }, scratch, onStep);
  });
}

/** The largest error of what lies in a folder, and can be run. */
async function verifyRunnable(
  { manifest, weights, options, runWith }: Checked,
  folder: string,
  onProgress: OnProgress,
): Promise<number> {
  const runner = await runWith(folder);
  try {
    const { cacheScales } = options;
    const found = await verifyArtifact(manifest, weights, cacheScales, runner.run, onProgress);
    return found.largestError;
  } finally {
    await runner.close();
  }
}

/** A place inside the artifact's folder for what is only written to be run once. */
async function withScratch<T>(folder: string, use: (scratch: string) => Promise<T>): Promise<T> {
  const scratch = join(folder, 'verification');
  try {
    return await use(scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
