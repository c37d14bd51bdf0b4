// Opens a folder with a checkpoint: a config and the weights it implies, by GPT-2's own names.
// Whatever the file's format, prefixes and leftovers, behind this door they look alike.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { CheckpointError } from '../../models/errors.ts';
import { type Gpt2Config, parseConfig } from '../../models/gpt2/config.ts';
import { matchWeights, type TensorShape, weightShapes } from '../../models/gpt2/weights.ts';
import { SafetensorsFile } from './safetensors.ts';

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
export const weightsFile = 'model.safetensors';

/** What else GPT-2s are published as, by the file that gives them away. */
const otherFormats: readonly (readonly [file: RegExp, format: string])[] = [
  [/^model\.safetensors\.index\.json$/, 'a sharded safetensors checkpoint'],
  [/^model\.ckpt\.index$/, 'a TensorFlow checkpoint'],
  [/^pytorch_model\.bin\.index\.json$/, 'a sharded PyTorch checkpoint'],
  [/^pytorch_model\.bin$/, 'a PyTorch checkpoint'],
  [/^tf_model\.h5$/, 'a Keras checkpoint'],
  [/^flax_model\.msgpack$/, 'a Flax checkpoint'],
  [/\.gguf$/, 'a GGUF file'],
  [/^kvasir\.json$/, 'an exported artifact'],
];

export function openCheckpoint(directory: string): Checkpoint {
  requireSupportedFormat(directory);
  const config = parseConfig(readJson(join(directory, configFile)));
  const file = SafetensorsFile.open(join(directory, weightsFile));
  try {
    const { storedNames, headCopy } = matchWeights(config, file.shapes);
    const shapes = weightShapes(config);
    const checkpoint: Checkpoint = {
      config,
      shape: (name) => known(shapes, name),
      read: (name) => requireFinite(name, file.read(known(storedNames, name))),
      close: () => file.close(),
    };
    if (headCopy !== null) requireEqual(checkpoint.read('wte.weight'), file.read(headCopy));
    return checkpoint;
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

function requireSupportedFormat(directory: string): void {
  if (!existsSync(directory) || !statSync(directory).isDirectory()) {
    throw new CheckpointError(`${directory} is not a folder`);
  }
  const files = readdirSync(directory);
  if (files.includes(weightsFile)) return;
  for (const [pattern, format] of otherFormats) {
    if (!files.some((file) => pattern.test(file))) continue;
    throw new CheckpointError(`${directory} is ${format}; supported: ${weightsFile}`);
  }
  throw new CheckpointError(`${directory} holds no ${weightsFile}`);
}

function readJson(path: string): unknown {
  const name = basename(path);
  if (!existsSync(path)) throw new CheckpointError(`${name} is missing beside ${weightsFile}`);
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw new CheckpointError(`${name} is not JSON`);
  }
}

/**
 * Which of two different heads was meant, config and weights disagree about: some readers take the
 * stored one, some the embedding. Better to ask than to write nonsense.
 */
function requireEqual(embedding: Float32Array, head: Float32Array): void {
  if (embedding.every((value, at) => value === head[at])) return;
  throw new CheckpointError(
    'lm_head.weight differs from wte.weight, but config.json ties them: ' +
      'set "tie_word_embeddings" to false to use it, or remove it',
  );
}
