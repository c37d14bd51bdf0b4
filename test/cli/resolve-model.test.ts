// Which exports are used again.

import { cpSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { resolveModel } from '../../src/cli/resolve-model.ts';
import { writeCheckpoint } from '../export/tiny-checkpoint.ts';
import { temporaryFolder } from '../support/folders.ts';

const folder = temporaryFolder();
const cacheDirectory = path.join(folder, 'cache');
const resolve = (model: string) =>
  resolveModel({ model, precision: 'fp32', cachePrecision: 'fp32', cacheDirectory });
const checkpoint = writeCheckpoint(path.join(folder, 'checkpoint'));
const weights = path.join(checkpoint, 'model.safetensors');

test('a checkpoint is exported once', async () => {
  expect(await resolve(checkpoint)).toBe(await resolve(checkpoint));
});

test('an artifact is taken as it is', async () => {
  const artifact = await resolve(checkpoint);
  expect(await resolve(artifact)).toBe(artifact);
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

test('a vocabulary that came later is not overlooked', async () => {
  const other = path.join(folder, 'other');
  cpSync(checkpoint, other, { recursive: true });
  await resolve(other);
  writeFileSync(path.join(other, 'vocab.json'), '{"mine": 0}');
  await expect(resolve(other)).rejects.toThrow(/vocab\.json is not GPT-2's/);
});

test('a name that is nothing is refused with the names that there are', async () => {
  await expect(resolve('storytelle')).rejects.toThrow(/storytelle.*storyteller/);
});
