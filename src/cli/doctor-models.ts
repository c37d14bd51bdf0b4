// The models that the doctor looks at: the built-in one, whose texts mean something, and one with random
// weights of a published shape, made for the occasion.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { exportCheckpoint, exportModel } from '../../export/export.ts';
import { calibrationText } from '../../export/quantize/calibration-text.ts';
import { randomCheckpoint } from '../../export/random-checkpoint.ts';
import { type PublishedSize, publishedSizes } from '../../models/gpt2/config.ts';
import type { CacheLayout } from '../../models/manifest.ts';
import type { Findings } from '../doctor/findings.ts';
import { readManifest } from '../model/artifact.ts';
import { openTokenizer } from '../model/artifact-tokenizer.ts';
import { findModel, withoutHub } from './find-model.ts';

export type Precision = 'fp32' | 'fp16';

/** The folder of the built-in model in a number format; not compared with the eager reference. */
export async function builtInArtifact(
  scratch: string,
  precision: Precision,
  cacheLayout: CacheLayout = 'rows',
): Promise<string> {
  const settings = { ...withoutHub, cacheDirectory: scratch };
  const { folder } = await findModel('--model', 'storyteller', settings);
  const artifact = path.join(scratch, `storyteller-${precision}-${cacheLayout}`);
  if (existsSync(artifact)) return artifact;
  const asked = { checkpointDirectory: folder, outputDirectory: artifact, precision, cacheLayout };
  await exportCheckpoint(asked);
  return artifact;
}

/** The folder of a model with random weights; null where it could not be exported. */
export function randomArtifact(
  findings: Findings,
  scratch: string,
  size: PublishedSize,
  precision: Precision,
  cacheLayout: CacheLayout = 'rows',
): Promise<string | null> {
  const name = `${size} with random weights${cacheLayout === 'rows' ? '' : ', over blocks'}`;
  return findings.check(name, scratch, async () => {
    const artifact = path.join(scratch, `${size}-${precision}-${cacheLayout}`);
    const tokenizer = { kind: 'ids', vocabulary: null } as const;
    const options = { outputDirectory: artifact, precision, cacheLayout };
    await exportModel(randomCheckpoint(publishedSizes[size], 1), tokenizer, options);
    return { isGood: true, said: `exported in ${precision}`, value: artifact };
  });
}

/** Some thousands of ids of real text, as an artifact's tokenizer has them. */
export function sampleIds(artifact: string): Int32Array {
  return Int32Array.from(openTokenizer(artifact, readManifest(artifact)).encode(calibrationText));
}
