// Finds a folder's weights and opens them by what they are. Well-known names say where to look, the
// content decides how it is read; where the content says nothing (it may be damaged), the name says
// which reader is to explain what is wrong.

import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CheckpointError } from '../../models/errors.ts';
import { type Content, contentOf } from './content.ts';
import { PytorchFile } from './pytorch.ts';
import { SafetensorsFile } from './safetensors.ts';
import type { TensorFile } from './tensor-file.ts';

/** Where weights lie, the best first, and what they should be. */
const places: readonly (readonly [file: RegExp, content: Content])[] = [
  [/^model\.safetensors$/, 'safetensors'],
  [/^pytorch_model\.bin$/, 'zip'],
  [/\.(pt|pth)$/, 'zip'],
];

/** What else GPT-2s are published as, by the file that gives them away. */
const unsupported: readonly (readonly [file: RegExp, format: string])[] = [
  [/^tf_model\.h5$/, 'a Keras checkpoint'],
  [/^flax_model\.msgpack$/, 'a Flax checkpoint'],
  [/\.gguf$/, 'a GGUF file'],
  [/^kvasir\.json$/, 'an exported artifact'],
];

const supported =
  'model.safetensors, a TensorFlow checkpoint (model.ckpt.index), pytorch_model.bin';

type Open = (path: string) => TensorFile;

const readers: Readonly<Partial<Record<Content, Open>>> = {
  safetensors: (path) => SafetensorsFile.open(path),
  zip: (path) => PytorchFile.open(path, 'zip'),
  pickles: (path) => PytorchFile.open(path, 'legacy'),
};

const names: Readonly<Record<Content, string>> = {
  safetensors: 'safetensors',
  zip: 'a PyTorch checkpoint',
  pickles: 'a PyTorch checkpoint of before version 1.6',
  sstable: 'a TensorFlow checkpoint',
  hdf5: 'a Keras checkpoint',
  gguf: 'a GGUF file',
  'lfs pointer': 'a pointer of Git LFS',
  unknown: 'nothing known',
};

/** Throws `CheckpointError` where the folder holds no weights that can be read. */
export function openWeights(directory: string): TensorFile {
  if (!existsSync(directory) || !statSync(directory).isDirectory()) {
    throw new CheckpointError(`${directory} is not a folder`);
  }
  const files = readdirSync(directory).sort();
  for (const [pattern, expected] of places) {
    const file = files.find((name) => pattern.test(name));
    if (file !== undefined) return openTensorFile(join(directory, file), expected);
  }
  for (const [pattern, format] of unsupported) {
    if (!files.some((file) => pattern.test(file))) continue;
    throw new CheckpointError(`${directory} is ${format}; supported: ${supported}`);
  }
  throw new CheckpointError(`${directory} holds no weights; supported: ${supported}`);
}

/** One file of weights; `expected` is what it should be by its name. */
export function openTensorFile(path: string, expected: Content): TensorFile {
  const found = contentOf(path);
  if (found === 'lfs pointer') {
    throw new CheckpointError(
      `${path} is what Git LFS keeps in place of the file: fetch the file itself with git lfs pull`,
    );
  }
  const content = found === 'unknown' ? expected : found;
  const open = readers[content];
  if (open !== undefined) return open(path);
  throw new CheckpointError(`${path} is ${names[content]}; supported: ${supported}`);
}
