import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openCheckpoint } from '../../export/checkpoint/checkpoint.ts';
import { initCheckpoint } from '../../export/init.ts';
import { fillNormal, randomWords } from '../../export/random.ts';
import type { Gpt2Config } from '../../models/gpt2/config.ts';
import { temporaryFolder } from '../support/folders.ts';
import { tinyConfig } from './tiny-checkpoint.ts';

const folder = temporaryFolder();
let count = 0;

/** Wide enough to count on its averages, and over more than one block. */
const config: Gpt2Config = { ...tinyConfig, vocabularySize: 3001, width: 96, innerWidth: 384 };

async function made(seed: number): Promise<string> {
  const outputDirectory = path.join(folder, `checkpoint-${count++}`);
  await initCheckpoint({ config, seed, outputDirectory });
  return outputDirectory;
}

const weightsOf = (directory: string) => readFileSync(path.join(directory, 'model.safetensors'));

test('a new checkpoint is one, with the distributions that GPT-2 starts from', async () => {
  const checkpoint = openCheckpoint(await made(1));
  expect(checkpoint.config).toEqual(config);
  const residual = 0.02 / Math.sqrt(2 * config.layerCount);
  for (const [name, deviation] of [
    ['wte.weight', 0.02],
    ['wpe.weight', 0.01],
    ['h.0.attn.c_attn.weight', 0.02],
    ['h.0.attn.c_proj.weight', residual],
    ['h.1.mlp.c_fc.weight', 0.02],
    ['h.1.mlp.c_proj.weight', residual],
  ] as const) {
    const values = checkpoint.read(name);
    const { mean, variance } = moments(values);
    const sampling = 5 / Math.sqrt(values.length); // five standard errors
    expect(Math.abs(mean)).toBeLessThan(deviation * sampling);
    expect(Math.sqrt(variance) / deviation).toBeGreaterThan(1 - sampling);
    expect(Math.sqrt(variance) / deviation).toBeLessThan(1 + sampling);
  }
  const all = (name: string, value: number) =>
    checkpoint.read(name).every((found) => found === value);
  expect(all('h.0.attn.c_attn.bias', 0)).toBe(true);
  expect(all('h.1.mlp.c_proj.bias', 0)).toBe(true);
  expect(all('ln_f.bias', 0)).toBe(true);
  expect(all('ln_f.weight', 1)).toBe(true);
  expect(all('h.1.ln_2.weight', 1)).toBe(true);
  checkpoint.close();
});

test('the same seed gives the same bytes, another one others', async () => {
  const [first, again, other] = [await made(7), await made(7), await made(8)];
  expect(weightsOf(again).equals(weightsOf(first))).toBe(true);
  expect(weightsOf(other).equals(weightsOf(first))).toBe(false);
});

test('tensors of one checkpoint are unlike one another', async () => {
  const checkpoint = openCheckpoint(await made(3));
  const [a, b] = ['h.0.mlp.c_fc.weight', 'h.1.mlp.c_fc.weight'].map((name) =>
    checkpoint.read(name),
  );
  let product = 0;
  for (let i = 0; i < a!.length; i++) product += (a![i]! * b![i]!) / 0.02 ** 2 / a!.length;
  expect(Math.abs(product)).toBeLessThan(5 / Math.sqrt(a!.length));
  checkpoint.close();
});

test('normal numbers are normal: their fourth moment, their tails, no two neighbours alike', () => {
  const values = new Float32Array(1_000_001);
  fillNormal(values, 1, randomWords(5, 0));
  const { mean, variance } = moments(values);
  expect(mean).toBeCloseTo(0, 2);
  expect(variance).toBeCloseTo(1, 2);
  let [fourth, far, neighbours] = [0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    fourth += value ** 4 / values.length;
    if (Math.abs(value) > 3) far++;
    neighbours += (value * (values[i + 1] ?? 0)) / values.length;
  }
  expect(Math.abs(fourth - 3)).toBeLessThan(0.05);
  expect(Math.abs(far - 2700)).toBeLessThan(260); // 0.27 %, five standard errors
  expect(Math.abs(neighbours)).toBeLessThan(0.005);
});

test('an even and an odd count are filled to the end', () => {
  for (const length of [0, 1, 2, 7]) {
    const values = new Float32Array(length);
    fillNormal(values, 1, randomWords(1, 1));
    expect(values.every((value) => value !== 0)).toBe(true);
  }
});

test('what stands there is not overwritten', async () => {
  const outputDirectory = path.join(folder, 'taken');
  mkdirSync(outputDirectory);
  writeFileSync(path.join(outputDirectory, 'config.json'), '{}');
  await expect(initCheckpoint({ config, seed: 1, outputDirectory })).rejects.toThrow(
    'taken exists already',
  );
  expect(readdirSync(outputDirectory)).toEqual(['config.json']);
});

test('one that fails halfway leaves nothing', async () => {
  const parent = path.join(folder, 'halfway');
  const outputDirectory = path.join(parent, 'checkpoint');
  const onProgress = ({ done, total }: { done: number; total: number }) => {
    expect(existsSync(outputDirectory)).toBe(false);
    if (done > total / 2) throw new Error('the disk is full');
  };
  await expect(initCheckpoint({ config, seed: 1, outputDirectory, onProgress })).rejects.toThrow(
    'the disk is full',
  );
  expect(readdirSync(parent)).toEqual([]);
});

function moments(values: Float32Array): { mean: number; variance: number } {
  let [sum, squares] = [0, 0];
  for (const value of values) {
    sum += value;
    squares += value * value;
  }
  const mean = sum / values.length;
  return { mean, variance: squares / values.length - mean ** 2 };
}
