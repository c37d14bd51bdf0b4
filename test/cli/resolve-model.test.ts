// Which exports are used again.

import { cpSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { withoutHub } from '../../src/cli/find-model.ts';
import type { PrecisionChoice } from '../../src/cli/formats.ts';
import { resolveModel } from '../../src/cli/resolve-model.ts';
import { readManifest } from '../../src/model/artifact.ts';
import { openAiConfig, openAiTensors, writeBundle } from '../export/tensorflow-writer.ts';
import { writeCheckpoint } from '../export/tiny-checkpoint.ts';
import { temporaryFolder } from '../support/folders.ts';

const folder = temporaryFolder();
const cacheDirectory = path.join(folder, 'cache');
const resolve = (model: string, asked: Partial<PrecisionChoice> = {}) =>
  resolveModel({
    model,
    precision: 'auto',
    cachePrecision: 'auto',
    cacheLayout: 'auto',
    ...asked,
    cacheDirectory,
    ...withoutHub,
  });
const checkpoint = writeCheckpoint(path.join(folder, 'checkpoint'));
const weights = path.join(checkpoint, 'model.safetensors');

test('a checkpoint is exported once', async () => {
  expect(await resolve(checkpoint)).toBe(await resolve(checkpoint));
});

test('an artifact is taken as it is', async () => {
  const artifact = await resolve(checkpoint);
  expect(await resolve(artifact)).toBe(artifact);
});

test('a checkpoint is exported in fp32 unless another precision is asked for', async () => {
  const exported = await resolve(checkpoint);
  expect(await resolve(checkpoint, { precision: 'fp32', cachePrecision: 'fp32' })).toBe(exported);
  const other = await resolve(checkpoint, { precision: 'int8' });
  expect(readManifest(other)).toMatchObject({ precision: 'int8', cache: { precision: 'fp32' } });
});

test('weights in fp16 have a cache in fp16, and only they have', async () => {
  const exported = await resolve(checkpoint, { precision: 'fp16' });
  expect(readManifest(exported)).toMatchObject({ precision: 'fp16', cache: { precision: 'fp16' } });
  expect(await resolve(checkpoint, { precision: 'fp16', cachePrecision: 'fp16' })).toBe(exported);
  for (const [precision, cachePrecision, message] of [
    ['fp16', 'int8', 'weights in fp16 go with --kv-precision fp16'],
    ['fp16', 'fp32', 'weights in fp16 go with --kv-precision fp16'],
    ['auto', 'fp16', 'weights in fp32 go with --kv-precision fp32 or int8'],
  ] as const) {
    await expect(resolve(checkpoint, { precision, cachePrecision })).rejects.toMatchObject({
      code: 'invalid_setting',
      param: '--kv-precision',
      message: expect.stringContaining(message),
    });
  }
});

test('a cache of blocks goes with weights in fp16, and is another artifact', async () => {
  const rows = await resolve(checkpoint, { precision: 'fp16' });
  const paged = await resolve(checkpoint, { precision: 'fp16', cacheLayout: 'paged' });
  expect(path.basename(paged)).toMatch(/-fp16-paged-/);
  expect(paged).not.toBe(rows);
  expect(readManifest(paged).cache).toMatchObject({ layout: 'paged', blockSize: 256 });
  await expect(resolve(checkpoint, { cacheLayout: 'paged' })).rejects.toMatchObject({
    param: '--kv-layout',
    message: expect.stringContaining('weights in fp32 go with --kv-layout rows;'),
  });
  await expect(resolve(paged, { cacheLayout: 'rows' })).rejects.toMatchObject({
    param: '--kv-layout',
    message: expect.stringContaining('was exported with --kv-layout paged'),
  });
});

test('an artifact that has another precision than was asked for is refused', async () => {
  const artifact = await resolve(checkpoint, { precision: 'int8' });
  expect(await resolve(artifact, { precision: 'int8', cachePrecision: 'fp32' })).toBe(artifact);
  await expect(resolve(artifact, { precision: 'fp32' })).rejects.toMatchObject({
    code: 'invalid_setting',
    param: '--precision',
    message: expect.stringContaining('was exported with --precision int8'),
  });
  await expect(resolve(artifact, { cachePrecision: 'int8' })).rejects.toMatchObject({
    code: 'invalid_setting',
    param: '--kv-precision',
    message: expect.stringContaining('was exported with --kv-precision fp32'),
  });
});

test('other weights of the same size and age are another model', async () => {
  const before = await resolve(checkpoint);
  const time = new Date(1_000_000_000_000);
  utimesSync(weights, time, time);
  const dated = await resolve(checkpoint);
  const bytes = readFileSync(weights);
  bytes[bytes.length - 3]! ^= 1;
  writeFileSync(weights, bytes);
  utimesSync(weights, time, time);
  expect(new Set([before, dated, await resolve(checkpoint)]).size).toBe(3);
});

test("OpenAI's checkpoint is one, and its data belongs to it", async () => {
  const model = path.join(folder, 'openai');
  cpSync(checkpoint, model, { recursive: true });
  rmSync(path.join(model, 'config.json'));
  rmSync(path.join(model, 'model.safetensors'));
  await expect(resolve(model)).rejects.toThrow(
    /holds neither a checkpoint \(config\.json or hparams\.json\) nor an artifact/,
  );
  const { vocabularySize, contextLength, headCount, width, layerCount } = openAiConfig;
  const sizes = { n_embd: width, n_head: headCount, n_layer: layerCount };
  const hparams = { n_vocab: vocabularySize, n_ctx: contextLength, ...sizes };
  writeFileSync(path.join(model, 'hparams.json'), JSON.stringify(hparams));
  await expect(resolve(model)).rejects.toThrow('holds no weights; supported: safetensors');
  const tensors = openAiTensors();
  writeBundle(model, tensors);
  const before = await resolve(model);
  expect(await resolve(model)).toBe(before);
  tensors.get('model/wpe')!.bytes[0]! ^= 1;
  writeBundle(model, tensors);
  expect(await resolve(model)).not.toBe(before);
});

test('a vocabulary that came later is not overlooked', async () => {
  const other = path.join(folder, 'other');
  cpSync(checkpoint, other, { recursive: true });
  await resolve(other);
  writeFileSync(path.join(other, 'vocab.json'), '{"mine": 0}');
  await expect(resolve(other)).rejects.toThrow('merges.txt is missing beside vocab.json');
});

test('a name that is nothing is refused with the names that there are', async () => {
  await expect(resolve('storytelle')).rejects.toThrow(/storytelle.*storyteller/);
});
