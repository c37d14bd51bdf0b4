// Opens a folder with a checkpoint: a config and the weights it implies, by GPT-2's own names.
// Whatever the file's format, prefixes and leftovers, behind this door they look alike.

import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CheckpointError } from '../../models/errors.ts';
import { type Gpt2Config, parseConfig } from '../../models/gpt2/config.ts';
import { parseHparams } from '../../models/gpt2/hparams.ts';
import {
  elementCount,
  matchWeights,
  type TensorShape,
  weightShapes,
} from '../../models/gpt2/weights.ts';
import { openWeights } from './open-weights.ts';
import { spend } from './spent-memory.ts';

/** Tensors by GPT-2's names, read one at a time. */
export interface WeightSource {
  shape(name: string): TensorShape;
  read(name: string): Float32Array<ArrayBuffer>;
}

export interface Checkpoint extends WeightSource {
  readonly config: Gpt2Config;
  close(): void;
}

export const configFile = 'config.json';
/** OpenAI's. */
export const hparamsFile = 'hparams.json';
/** Says better than the config where texts begin and end; not every checkpoint has one. */
export const generationFile = 'generation_config.json';
export const weightsFile = 'model.safetensors';

export function openCheckpoint(directory: string): Checkpoint {
  const file = openWeights(directory);
  try {
    const config = readConfig(directory);
    const { storedNames, headCopy } = matchWeights(config, file.shapes);
    const shapes = weightShapes(config);
    const read = (storedName: string) => {
      spend(4 * elementCount(known(file.shapes, storedName)));
      return file.read(storedName);
    };
    if (headCopy !== null) {
      // One after the other, each gone with its call: they are a checkpoint's largest tensors.
      const fingerprintOf = (storedName: string) => fingerprint(read(storedName));
      requireEqual(fingerprintOf(known(storedNames, 'wte.weight')), fingerprintOf(headCopy));
    }
    return {
      config,
      shape: (name) => known(shapes, name),
      read: (name) => requireFinite(name, read(known(storedNames, name))),
      close: () => file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Verification reads few of the numbers, and one that is none would be met much later. */
function requireFinite(name: string, numbers: Float32Array<ArrayBuffer>) {
  for (let index = 0; index < numbers.length; index++) {
    if (Number.isFinite(numbers[index])) continue;
    throw new CheckpointError(`${name} has ${numbers[index]} at ${index}: not a finite number`);
  }
  return numbers;
}

function known<T>(entries: ReadonlyMap<string, T>, name: string): T {
  const entry = entries.get(name);
  if (entry === undefined) throw new Error(`GPT-2 has no tensor ${name}`);
  return entry;
}

/** Throws `CheckpointError`. */
export function readConfig(directory: string): Gpt2Config {
  const path = join(directory, configFile);
  if (existsSync(path)) {
    const generation = join(directory, generationFile);
    return parseConfig(readJson(path), existsSync(generation) ? readJson(generation) : {});
  }
  const hparams = join(directory, hparamsFile);
  if (existsSync(hparams)) return parseHparams(readJson(hparams));
  throw new CheckpointError(`${directory} has weights, but no ${configFile} and no ${hparamsFile}`);
}

function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new CheckpointError(`${basename(path)} is not JSON`);
  }
}

/** Hashes of Node take less than 2^31 bytes at a time. */
const hashedNumbers = 2 ** 26;

function fingerprint(numbers: Float32Array): string {
  const hash = createHash('sha256');
  for (let at = 0; at < numbers.length; at += hashedNumbers) {
    hash.update(numbers.subarray(at, at + hashedNumbers));
  }
  return hash.digest('hex');
}

/**
 * Which of two different heads was meant, config and weights disagree about: some readers take the
 * stored one, some the embedding. Better to ask than to write nonsense.
 */
function requireEqual(embedding: string, head: string): void {
  if (embedding === head) return;
  throw new CheckpointError(
    'lm_head.weight differs from wte.weight, but config.json ties them: ' +
      'set "tie_word_embeddings" to false to use it, or remove it',
  );
}
