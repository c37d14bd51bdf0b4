// From what `--model` names to a folder with an artifact: a checkpoint is exported on first use into
// the cache folder, an artifact is taken as it is, where it is as asked for.

import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { exporterVersion } from '../../export/version.ts';
import { signatureVersion } from '../../models/gpt2/signature.ts';
import { cachePrecisionsWith, manifestFile } from '../../models/manifest.ts';
import { ServeError } from '../errors.ts';
import { type FindSettings, type FoundModel, findModel } from './find-model.ts';
import {
  exportedWith,
  type PrecisionChoice,
  type Precisions,
  type StoredFormats,
} from './formats.ts';
import { noteUse } from './uses.ts';
import { requireWritableFolder } from './writable.ts';

/** Hugging Face's and OpenAI's: a folder with one of them is a checkpoint. */
const configFiles = ['config.json', 'hparams.json'];

export interface ModelChoice extends PrecisionChoice, FindSettings {
  readonly model: string;
}

/**
 * Throws `ServeError` (invalid_setting) where the name is neither built in nor a model's folder, or an
 * artifact has other formats than were asked for.
 */
export async function resolveModel(choice: ModelChoice): Promise<string> {
  const found = await findModel('--model', choice.model, choice);
  const { folder } = found;
  if (existsSync(path.join(folder, manifestFile))) {
    await requirePrecisions(folder, choice);
    return folder;
  }
  requireModel(choice.model, folder);
  const precisions = exportedWith(choice);
  const artifact = path.join(choice.cacheDirectory, 'artifacts', cacheName(found, precisions));
  if (!existsSync(path.join(artifact, manifestFile))) {
    requireWritableFolder('--cache-directory', choice.cacheDirectory);
    const { exportWithProgress } = await import('./export.ts');
    await exportWithProgress(folder, artifact, precisions);
  }
  noteUse(artifact, { name: found.name, checkpointDirectory: folder, exporterVersion });
  return artifact;
}

/** Throws `ServeError` (invalid_setting) where the folder holds nothing that could be served. */
export function requireModel(given: string, folder: string): void {
  const files = [...configFiles, manifestFile];
  if (files.some((name) => existsSync(path.join(folder, name)))) return;
  throw new ServeError(
    'invalid_setting',
    `--model ${given}: ${folder} holds neither a checkpoint (${configFiles.join(' or ')}) ` +
      `nor an artifact (${manifestFile})`,
    '--model',
  );
}

/**
 * Of an artifact; null for what is still to be exported. Throws `ServeError` (invalid_setting) where
 * there is no such model.
 */
export async function storedFormats(
  choice: FindSettings & { readonly model: string },
): Promise<StoredFormats | null> {
  const { folder } = await findModel('--model', choice.model, choice);
  if (!existsSync(path.join(folder, manifestFile))) return null;
  const { readManifest } = await import('../model/artifact.ts');
  const { precision, cache } = readManifest(folder);
  return { precision, cacheLayout: cache.layout };
}

async function requirePrecisions(artifact: string, choice: ModelChoice): Promise<void> {
  const { precision: weights, cachePrecision, cacheLayout } = choice;
  if ([weights, cachePrecision, cacheLayout].every((asked) => asked === 'auto')) return;
  const { readManifest } = await import('../model/artifact.ts');
  const { precision, cache } = readManifest(artifact);
  for (const [flag, asked, found] of [
    ['--precision', weights, precision],
    ['--kv-precision', cachePrecision, cache.precision],
    ['--kv-layout', cacheLayout, cache.layout],
  ] as const) {
    if (asked === 'auto' || asked === found) continue;
    throw new ServeError(
      'invalid_setting',
      `${flag} ${asked}: --model ${choice.model} was exported with ${flag} ${found}; ` +
        `leave ${flag} out, or serve the checkpoint`,
      flag,
    );
  }
}

/** What a checkpoint is described by: configs, vocabularies, indexes. */
const textFile = /\.(json|txt|bpe)$|^checkpoint$/;

/** Whatever the format, in one file or many. */
const weightsFile = /\.(safetensors|bin|pt|pth|index)$|\.data-\d+-of-\d+$/;

/** Changes with anything that would make the artifact another one. */
function cacheName(
  { folder, label }: FoundModel,
  { precision, cachePrecision, cacheLayout }: Precisions,
): string {
  const hash = createHash('sha256');
  const formats = [precision, cachePrecision, cacheLayout];
  hash.update(`${[signatureVersion, exporterVersion, ...formats, folder].join('\n')}\n`);
  for (const name of readdirSync(folder).sort()) {
    const file = path.join(folder, name);
    if (!existsSync(file) || !statSync(file).isFile()) continue;
    if (textFile.test(name)) hash.update(`${name}\n`).update(readFileSync(file));
    else if (weightsFile.test(name)) hash.update(`${name}\n`).update(fingerprint(file));
  }
  const isUsual = cachePrecision === cachePrecisionsWith(precision)[0];
  const stored = isUsual ? precision : `${precision}-kv-${cachePrecision}`;
  const named = cacheLayout === 'rows' ? stored : `${stored}-${cacheLayout}`;
  return `${label}-${named}-${hash.digest('hex').slice(0, 16)}`;
}

const sampleCount = 64;
const sampleBytes = 4096;

/** Of a file too long to be read at every start: its size, its age, and samples of all its parts. */
function fingerprint(file: string): Buffer {
  const { size, mtimeMs } = statSync(file);
  const hash = createHash('sha256').update(`${size}\n${mtimeMs}\n`);
  const sample = Buffer.alloc(sampleBytes);
  const descriptor = openSync(file, 'r');
  try {
    for (let index = 0; index < sampleCount; index++) {
      const position = Math.floor((index * size) / sampleCount);
      hash.update(sample.subarray(0, readSync(descriptor, sample, 0, sampleBytes, position)));
    }
  } finally {
    closeSync(descriptor);
  }
  return hash.digest();
}
