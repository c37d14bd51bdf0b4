import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openCheckpoint } from '../../export/checkpoint/checkpoint.ts';
import { CheckpointError } from '../../models/errors.ts';
import { sharedData, temporaryFolder } from '../support/folders.ts';
import { float32Tensor, randomTensors, tinyConfig, writeCheckpoint } from './tiny-checkpoint.ts';

const folder = temporaryFolder();
let count = 0;
const fresh = () => path.join(folder, `case-${count++}`);

function refusal(directory: string): string {
  try {
    openCheckpoint(directory).close();
  } catch (error) {
    expect(error).toBeInstanceOf(CheckpointError);
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}

test('a checkpoint is a config and its weights by their own names', () => {
  const tensors = randomTensors(tinyConfig);
  const prefixed = new Map([...tensors].map(([name, tensor]) => [`transformer.${name}`, tensor]));
  const checkpoint = openCheckpoint(writeCheckpoint(fresh(), tinyConfig, prefixed));
  expect(checkpoint.config).toEqual(tinyConfig);
  for (const [name, { bytes, shape }] of tensors) {
    expect(checkpoint.shape(name)).toEqual(shape);
    expect(new Uint8Array(checkpoint.read(name).buffer)).toEqual(bytes);
  }
  checkpoint.close();
});

test('a head that copies the embedding it is tied to changes nothing', () => {
  const tensors = randomTensors(tinyConfig);
  tensors.set('lm_head.weight', tensors.get('wte.weight')!);
  openCheckpoint(writeCheckpoint(fresh(), tinyConfig, tensors)).close();
});

test('a head that differs from the embedding it is tied to is ambiguous', () => {
  const tensors = randomTensors(tinyConfig);
  const { shape, bytes } = tensors.get('wte.weight')!;
  tensors.set('lm_head.weight', float32Tensor(shape, new Float32Array(bytes.length / 4)));
  expect(refusal(writeCheckpoint(fresh(), tinyConfig, tensors))).toContain(
    'lm_head.weight differs from wte.weight, but config.json ties them',
  );
  const untied = { ...tinyConfig, headWeight: 'lm_head.weight' } as const;
  const checkpoint = openCheckpoint(writeCheckpoint(fresh(), untied, tensors));
  expect(checkpoint.read('lm_head.weight').every((value) => value === 0)).toBe(true);
  checkpoint.close();
});

test.each([
  ['tf_model.h5', 'a Keras checkpoint'],
  ['flax_model.msgpack', 'a Flax checkpoint'],
  ['gpt2.Q8_0.gguf', 'a GGUF file'],
  ['kvasir.json', 'an exported artifact'],
])('a folder with %s is refused by name', (file, format) => {
  const directory = fresh();
  mkdirSync(directory);
  writeFileSync(path.join(directory, file), '');
  expect(refusal(directory)).toContain(`is ${format}`);
  expect(refusal(directory)).toContain('supported: safetensors');
});

test.each([
  ['GGUF', 'is a GGUF file'],
  ['\x89HDF\r\n\x1a\n', 'is a Keras checkpoint'],
  ['version https://git-lfs.github.com/spec/v1\noid sha256:', 'git lfs pull'],
  ['', 'model.safetensors: it is cut short'],
])('model.safetensors that begins with %j is seen through', (content, message) => {
  const directory = writeCheckpoint(fresh());
  writeFileSync(path.join(directory, 'model.safetensors'), content, 'latin1');
  expect(refusal(directory)).toContain(message);
});

test.skipIf(process.platform === 'win32')(
  'a pipe in place of the weights is not waited for',
  () => {
    const directory = writeCheckpoint(fresh());
    const weights = path.join(directory, 'model.safetensors');
    rmSync(weights);
    execFileSync('mkfifo', [weights]);
    expect(refusal(directory)).toBe('model.safetensors is not a file');
  },
);

test('what is no checkpoint at all says what is missing', () => {
  expect(refusal(fresh())).toContain('is not a folder');
  expect(refusal(folder)).toContain('holds no weights; supported: safetensors');
  const directory = writeCheckpoint(fresh());
  rmSync(path.join(directory, 'config.json'));
  expect(refusal(directory)).toBe(
    `${directory} has weights, but no config.json and no hparams.json`,
  );
  writeFileSync(path.join(directory, 'config.json'), '{');
  expect(refusal(directory)).toBe('config.json is not JSON');
});

const vectors = sharedData('vectors');
const why = vectors === null ? ' (skipped: ../shared/vectors is not here)' : '';

describe.skipIf(vectors === null)(`files written by Hugging Face${why}`, () => {
  const buddy = path.join(vectors ?? '', 'tiny_gpt2_lm_buddy');

  test('lm-buddy without a prefix reads', () => {
    const checkpoint = openCheckpoint(buddy);
    expect(checkpoint.config.vocabularySize).toBe(21);
    expect(checkpoint.read('h.0.attn.c_attn.weight')).toHaveLength(2 * 6);
    expect(checkpoint.read('wte.weight')).toHaveLength(21 * 2);
    checkpoint.close();
  });

  test("lm-buddy's fake GPT-2 has the prefix", () => {
    const checkpoint = openCheckpoint(path.join(buddy, 'fake_gpt2'));
    expect(checkpoint.read('h.0.mlp.c_proj.weight')).toHaveLength(8 * 2);
    checkpoint.close();
  });
});

test.each([Number.NaN, Number.POSITIVE_INFINITY])(
  'a weight of %d is found when it is read',
  (bad) => {
    const tensors = randomTensors(tinyConfig);
    const { contextLength, width } = tinyConfig;
    const values = new Float32Array(contextLength * width);
    values[values.length - 1] = bad;
    tensors.set('wpe.weight', float32Tensor([contextLength, width], values));
    const checkpoint = openCheckpoint(writeCheckpoint(fresh(), tinyConfig, tensors));
    expect(() => checkpoint.read('wpe.weight')).toThrow(/wpe\.weight has .* at 383: not a finite/);
    checkpoint.close();
  },
);
