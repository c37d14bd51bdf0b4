// Planted faults in artifacts of whole numbers: what a wrong graph would compute is far from its reference.

import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Checkpoint,
  openCheckpoint,
  type WeightSource,
} from '../../export/checkpoint/checkpoint.ts';
import { type ArtifactRunner, exportCheckpoint } from '../../export/export.ts';
import type { CacheScales } from '../../export/graph/attention.ts';
import { calibrateCache, madeUpSample } from '../../export/quantize/calibrate.ts';
import { preparedFor } from '../../export/quantize/prepare.ts';
import { verifyArtifact } from '../../export/verify.ts';
import type { Manifest, Precision } from '../../models/manifest.ts';
import { temporaryFolder } from '../support/folders.ts';
import { formats, openArtifact } from '../support/storyteller.ts';
import { tinyConfig, writeCheckpoint } from './tiny-checkpoint.ts';

const config = { ...tinyConfig, width: 20, headCount: 4 }; // heads of 5, padded to 8
const folder = temporaryFolder();
const checkpointDirectory = writeCheckpoint(path.join(folder, 'checkpoint'), config);

/** What the export finds: the sample of ids is the same. */
async function cacheScales(precision: Precision): Promise<CacheScales> {
  const outputDirectory = path.join(folder, `calibrated-${precision}`);
  const manifest = await exportCheckpoint({ checkpointDirectory, outputDirectory, precision });
  const runner = await openArtifact(outputDirectory);
  try {
    return await calibrateCache(manifest, runner.run, madeUpSample(manifest));
  } finally {
    await runner.close();
  }
}

/** The same weights, but for one tensor. */
function changed(weights: WeightSource, tensor: string, factor: number): WeightSource {
  return {
    shape: (name) => weights.shape(name),
    read: (name) => {
      const data = weights.read(name);
      return name === tensor ? data.map((value) => value * factor) : data;
    },
  };
}

const { int8, int8Cache, int8Both, int4, int4Both } = formats;

describe.each([int8, int8Cache, int8Both, int4, int4Both])('%j', (chosen) => {
  let checkpoint: Checkpoint;
  let weights: WeightSource;
  let manifest: Manifest;
  let runner: ArtifactRunner;
  let scales: CacheScales | null;
  beforeAll(async () => {
    const outputDirectory = path.join(folder, Object.values(chosen).join('-'));
    const asked = { checkpointDirectory, outputDirectory, ...chosen };
    manifest = await exportCheckpoint({ ...asked, runWith: openArtifact });
    checkpoint = openCheckpoint(checkpointDirectory);
    weights = preparedFor(chosen.precision, checkpoint);
    runner = await openArtifact(outputDirectory);
    scales = chosen.cachePrecision === 'int8' ? await cacheScales(chosen.precision) : null;
  });
  afterAll(async () => {
    checkpoint.close();
    await runner.close();
  });

  test('a sound artifact is its reference to float32 accuracy', async () => {
    const { largestError } = await verifyArtifact(manifest, weights, scales, runner.run);
    expect(largestError).toBeGreaterThan(0);
    expect(largestError).toBeLessThan(2e-6);
  });

  test.each([
    ['h.0.attn.c_attn.bias', 0],
    ['h.1.attn.c_proj.bias', 0],
    ['h.1.mlp.c_fc.bias', 0],
    ['h.0.attn.c_attn.weight', 0.8],
    ['h.1.attn.c_attn.weight', 0.5],
    ['h.1.mlp.c_proj.weight', 0.5],
  ])('%s times %d is refused', async (tensor, factor) => {
    const faulty = changed(weights, tensor, factor);
    await expect(verifyArtifact(manifest, faulty, scales, runner.run)).rejects.toThrow(
      'differs from the reference',
    );
  });

  if (chosen.cachePrecision === 'fp32') return; // which has no scales
  test.each([
    ['keys', 0.25],
    ['values', 32],
    ['values', 0.25],
  ] as const)('the scales of one layer: %s times %d are refused', async (what, factor) => {
    const [first, ...others] = scales![what];
    const faulty = { ...scales!, [what]: [first!.map((scale) => scale * factor), ...others] };
    await expect(verifyArtifact(manifest, weights, faulty, runner.run)).rejects.toThrow(
      'differs from the reference',
    );
  });
});
