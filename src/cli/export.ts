// `kvasir export`: checkpoint -> artifact, shown as it goes.

import { readFileSync } from 'node:fs';
import os from 'node:os';
import { exportCheckpoint } from '../../export/export.ts';
import type { Manifest } from '../../models/manifest.ts';
import type { ExportSettings } from '../config.ts';
import { ServeError } from '../errors.ts';
import { readManifest } from '../model/artifact.ts';
import { ArtifactRunner, type NamedTensors } from '../model/artifact-runner.ts';
import { findModel } from './find-model.ts';
import { exportedWith, formatsOf, type Precisions } from './formats.ts';
import { Progress } from './progress.ts';

export interface Export {
  readonly manifest: Manifest;
  /** Of any output against the eager reference, relative to the largest logit of its row. */
  readonly largestError: number;
}

export async function runExport(settings: ExportSettings): Promise<void> {
  const { outDirectory } = settings;
  const { folder } = await findModel('--checkpoint', settings.checkpointDirectory, settings);
  const { manifest, largestError } = await exportWithProgress(
    folder,
    outDirectory,
    exportedWith(settings),
    settings.calibrationFile,
  );
  const megabytes = manifest.files.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6;
  const millions = manifest.parameterCount / 1e6;
  console.log(
    `${outDirectory}: ${millions.toFixed(1)} M parameters in ${formatsOf(manifest)}, ` +
      `${megabytes.toFixed(0)} MB\n` +
      `largest error against the reference: ${largestError.toExponential(1)} of the largest logit`,
  );
}

/** Replaces an artifact that stands there, and nothing else. */
export async function exportWithProgress(
  checkpoint: string,
  artifact: string,
  { precision, cachePrecision }: Precisions,
  calibrationFile = '',
): Promise<Export> {
  const sample = calibrationFile === '' ? null : readCalibration(calibrationFile);
  const progress = new Progress();
  let largestError = Number.NaN;
  try {
    const manifest = await exportCheckpoint({
      checkpointDirectory: checkpoint,
      outputDirectory: artifact,
      replace: true,
      precision,
      cachePrecision,
      sampleWith: encodeSample,
      ...(sample !== null && { calibrationText: sample }),
      onProgress: ({ stage, done, total }) => progress.update(titles[stage], done, total),
      runWith: openRunner,
      onVerified: (verification) => {
        largestError = verification.largestError;
      },
    });
    return { manifest, largestError };
  } finally {
    progress.end();
  }
}

/** The exporter knows tokenizers by name only. */
async function encodeSample(text: string, artifact: string) {
  const { openTokenizer } = await import('../model/artifact-tokenizer.ts');
  const manifest = readManifest(artifact);
  // Ids may stand on several lines.
  const words = manifest.tokenizer === 'ids' ? text.trim().split(/\s+/).join(' ') : text;
  return openTokenizer(artifact, manifest).encode(words);
}

function readCalibration(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = (error as Error).message;
    throw new ServeError('invalid_setting', `--calibration ${file}: ${reason}`, '--calibration');
  }
}

async function openRunner(artifactDirectory: string) {
  const runner = new ArtifactRunner(artifactDirectory, os.availableParallelism());
  return {
    run: async (inputs: NamedTensors) => runner.run(inputs),
    close: async () => runner.dispose(),
  };
}

const titles = { calibrate: 'calibrating', write: 'exporting', verify: 'verifying' } as const;
