// Finds a folder's weights and opens them by what they are. Well-known names say where to look, the
// content decides how it is read; where the content says nothing (it may be damaged), the name says
// which reader is to explain what is wrong.

import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CheckpointError } from '../../models/errors.ts';
import { type Content, contentOf } from './content.ts';
import { PytorchFile } from './pytorch/pytorch-file.ts';
import { SafetensorsFile } from './safetensors.ts';
import { openSharded } from './sharded.ts';
import type { TensorFile } from './tensor-file.ts';
import { findBundle } from './tensorflow/find-bundle.ts';
import { openTensorFlow } from './tensorflow/tensorflow.ts';

/** Formats of PyTorch by any name, but for what transformers leaves beside a checkpoint. */
const pytorchNames = /^(?!optimizer|scheduler|scaler|rng_state|training_args).*\.(bin|pt|pth)$/;

type Open = (path: string) => TensorFile;

interface Place {
  /** The name of what is to be opened, if the folder has it. */
  find(files: readonly string[], directory: string): string | undefined;
  readonly open: Open;
}

const single = (pattern: RegExp, content: Content): Place => ({
  find: (files) => files.find((file) => pattern.test(file)),
  open: (path) => openTensorFile(path, content),
});

const sharded = (index: string, content: Content): Place => ({
  find: (files) => files.find((file) => file === index),
  open: (path) => openSharded(path, (shard) => openTensorFile(shard, content)),
});

/** Where weights lie, the best first. */
const places: readonly Place[] = [
  single(/^model\.safetensors$/, 'safetensors'),
  sharded('model.safetensors.index.json', 'safetensors'),
  single(/^pytorch_model\.bin$/, 'zip'),
  sharded('pytorch_model.bin.index.json', 'zip'),
  { find: findBundle, open: (path) => openTensorFile(path, 'sstable') },
  { find: findOnlyPytorch, open: (path) => openTensorFile(path, 'zip') },
];

/** What else GPT-2s are published as, by the file that gives them away. */
const unsupported: readonly (readonly [file: RegExp, format: string])[] = [
  [/^tf_model\.h5$/, 'a Keras checkpoint'],
  [/^flax_model\.msgpack$/, 'a Flax checkpoint'],
  [/\.gguf$/, 'a GGUF file'],
  [/^kvasir\.json$/, 'an exported artifact'],
];

const supported =
  'safetensors (model.safetensors), PyTorch checkpoints (pytorch_model.bin), both also in several ' +
  'files with their index.json, TensorFlow checkpoints (model.ckpt.index)';

const readers: Readonly<Partial<Record<Content, Open>>> = {
  safetensors: (path) => SafetensorsFile.open(path),
  zip: (path) => PytorchFile.open(path, 'zip'),
  pickles: (path) => PytorchFile.open(path, 'legacy'),
  sstable: openTensorFlow,
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
  for (const { find, open } of places) {
    const file = find(files, directory);
    if (file !== undefined) return open(join(directory, file));
  }
  for (const [pattern, format] of unsupported) {
    if (!files.some((file) => pattern.test(file))) continue;
    throw new CheckpointError(`${directory} is ${format}; supported: ${supported}`);
  }
  throw new CheckpointError(`${directory} holds no weights; supported: ${supported}`);
}

/** Which of several was meant is for people to say. */
function findOnlyPytorch(files: readonly string[]): string | undefined {
  const found = files.filter((file) => pytorchNames.test(file));
  if (found.length <= 1) return found[0];
  const known = 'model.safetensors or pytorch_model.bin';
  throw new CheckpointError(`the folder holds ${found.join(', ')}: call the right one ${known}`);
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
