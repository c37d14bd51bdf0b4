// `kvasir export`: checkpoint -> artifact, shown as it goes.

import os from 'node:os';
import { exportCheckpoint } from '../../export/export.ts';
import type { Verification, VerifyChoice } from '../../export/verify-extent.ts';
import { type Manifest, manifestFile } from '../../models/manifest.ts';
import type { ExportSettings } from '../config.ts';
import { ServeError } from '../errors.ts';
import { readManifest } from '../model/artifact.ts';
import { ArtifactRunner, type NamedTensors } from '../model/artifact-runner.ts';
import { readSettingFile } from '../setting-file.ts';
import { requireCheckpoint } from './checkpoint-folder.ts';
import { findModel } from './find-model.ts';
import { exportedWith, formatsOf, type Precisions } from './formats.ts';
import { requireOutput } from './output-folder.ts';
import { Progress } from './progress.ts';
import { type Stage, Stages, shownStage } from './stages.ts';

export interface Export {
  readonly manifest: Manifest;
  readonly verification: Verification;
  readonly stages: readonly Stage[];
}

export async function runExport(settings: ExportSettings): Promise<void> {
  const { outDirectory } = settings;
  const { checkpointDirectory: given } = settings;
  const precisions = exportedWith(settings);
  requireCalibrated(settings.calibrationFile, precisions);
  await requireOutput('--out', outDirectory, manifestFile);
  const { folder } = await findModel('--checkpoint', given, settings);
  requireCheckpoint('--checkpoint', given, folder);
  const { manifest, verification, stages } = await exportWithProgress(
    folder,
    outDirectory,
    precisions,
    settings,
  );
  const bytes = manifest.files.reduce((sum, file) => sum + file.bytes, 0);
  const millions = manifest.parameterCount / 1e6;
  console.log(
    `${outDirectory}: ${millions.toFixed(1)} M parameters in ${formatsOf(manifest)}, ` +
      `${(bytes / 1e6).toFixed(0)} MB`,
  );
  for (const stage of stages) {
    const written = stage.name === 'write' ? bytes : null;
    console.log(`${endings[stage.name]} in ${shownStage(stage, written)}`);
  }
  console.log(describe(verification));
}

/** Only steps of an int8 cache are found by a text. Throws `ServeError` (invalid_setting). */
function requireCalibrated(file: string, { cachePrecision }: Precisions): void {
  if (file === '' || cachePrecision === 'int8') return;
  const reason = `is for --kv-precision int8, and this cache is in ${cachePrecision}`;
  throw new ServeError('invalid_setting', `--calibration ${reason}: leave it out`, '--calibration');
}

/** What was compared, and how it came out. */
function describe({ layers, largestError }: Verification): string {
  const extent = layers === null ? 'all of it' : `blocks ${layers.join(' and ')}, and all bytes`;
  return (
    `compared with the reference: ${extent}; ` +
    `largest error ${largestError.toExponential(1)} of the largest logit`
  );
}

interface ExportWays {
  readonly verify: VerifyChoice;
  /** Empty: none is given. */
  readonly calibrationFile: string;
}

const usualWays: ExportWays = { verify: 'auto', calibrationFile: '' };

/** Replaces an artifact that stands there, and nothing else. */
export async function exportWithProgress(
  checkpoint: string,
  artifact: string,
  { precision, cachePrecision, cacheLayout }: Precisions,
  { verify, calibrationFile }: ExportWays = usualWays,
): Promise<Export> {
  const sample =
    calibrationFile === ''
      ? null
      : readSettingFile('--calibration', calibrationFile, 'a file with text or ids');
  const progress = new Progress();
  const stages = new Stages();
  let verification: Verification | null = null;
  try {
    const manifest = await exportCheckpoint({
      checkpointDirectory: checkpoint,
      outputDirectory: artifact,
      replace: true,
      precision,
      cachePrecision,
      cacheLayout,
      sampleWith: encodeSample,
      verify,
      ...(sample !== null && { calibrationText: sample }),
      onProgress: ({ stage, done, total }) => {
        stages.enter(stage);
        progress.update(titles[stage], done, total);
      },
      runWith: openRunner,
      onVerified: (found) => {
        verification = found;
      },
    });
    return { manifest, verification: verification!, stages: stages.end() };
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

async function openRunner(artifactDirectory: string) {
  const runner = new ArtifactRunner(artifactDirectory, os.availableParallelism());
  return {
    run: async (inputs: NamedTensors) => runner.run(inputs),
    close: async () => runner.dispose(),
  };
}

const endings: Readonly<Record<string, string>> = {
  calibrate: 'calibrated',
  write: 'written',
  verify: 'verified',
};
const titles = { calibrate: 'calibrating', write: 'exporting', verify: 'verifying' } as const;
