// What whole numbers cost in perplexity: of the built-in model, and of the same network with a few channels
// far larger than the others.

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { openCheckpoint } from '../../export/checkpoint/checkpoint.ts';
import { exportCheckpoint } from '../../export/export.ts';
import { Session } from '../../export/verify-session.ts';
import { configJson } from '../../models/gpt2/config.ts';
import { weightShapes } from '../../models/gpt2/weights.ts';
import type { Precision } from '../../models/manifest.ts';
import { temporaryFolder } from '../support/folders.ts';
import { withOutliers } from '../support/outliers.ts';
import { openArtifact, oracle } from '../support/storyteller.ts';
import { float32Tensor, safetensors } from './tiny-checkpoint.ts';

const builtIn = path.resolve('models/storyteller');
const folder = temporaryFolder();
const windows = [0, 512].map((start) => oracle.text.ids.slice(start, start + 512));

async function perplexity(checkpointDirectory: string, precision: Precision): Promise<number> {
  const outputDirectory = path.join(folder, `${path.basename(checkpointDirectory)}-${precision}`);
  const manifest = await exportCheckpoint({ checkpointDirectory, outputDirectory, precision });
  const runner = await openArtifact(outputDirectory);
  try {
    let [loss, count] = [0, 0];
    for (const ids of windows) {
      const session = new Session(manifest, runner.run, 1);
      const answers = await session.step([{ ids, from: 0, to: ids.length }]);
      for (let at = 1; at < ids.length; at++) {
        loss += answers.logNormalizer(at - 1) - answers.logits(at - 1)[ids[at]!]!;
        count++;
      }
    }
    return Math.exp(loss / count);
  } finally {
    await runner.close();
  }
}

/** Six channels of every norm, 10 to 50 times as large. */
function builtInWithOutliers(): string {
  const directory = path.join(folder, 'outliers');
  const checkpoint = openCheckpoint(builtIn);
  try {
    const channels = [7, 61, 128, 200, 255, 319];
    const sizes = new Map(channels.map((channel, at) => [channel, 10 + 8 * at]));
    const weights = withOutliers(checkpoint, sizes);
    const tensors = [...weightShapes(checkpoint.config)].map(
      ([name, shape]) => [name, float32Tensor(shape, weights.read(name))] as const,
    );
    mkdirSync(directory);
    writeFileSync(
      path.join(directory, 'config.json'),
      JSON.stringify(configJson(checkpoint.config)),
    );
    writeFileSync(path.join(directory, 'model.safetensors'), safetensors(new Map(tensors)));
    return directory;
  } finally {
    checkpoint.close();
  }
}

describe('perplexity', () => {
  let [expected, large] = [Number.NaN, ''];
  beforeAll(async () => {
    expected = await perplexity(builtIn, 'fp32');
    large = builtInWithOutliers();
  });

  test('is what it was in float32, whatever is made large', async () => {
    expect(Math.abs((await perplexity(large, 'fp32')) / expected - 1)).toBeLessThan(1e-5);
  });

  describe.each([
    ['int8', 0.01],
    ['int4', 0.05],
  ] as const)('in %s is within %d of float32', (precision, cost) => {
    test('as the model was trained', async () => {
      expect((await perplexity(builtIn, precision)) / expected - 1).toBeLessThan(cost);
    });

    test('with outliers', async () => {
      expect((await perplexity(large, precision)) / expected - 1).toBeLessThan(cost);
    });
  });
});
