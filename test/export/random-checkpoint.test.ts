// Weights that are made when they are read: as `kvasir init` would have them, and the same each time.

import path from 'node:path';
import { expect, test } from 'vitest';
import { exportModel } from '../../export/export.ts';
import { deviationOf } from '../../export/init.ts';
import { randomCheckpoint } from '../../export/random-checkpoint.ts';
import { publishedSizes } from '../../models/gpt2/config.ts';
import { weightShapes } from '../../models/gpt2/weights.ts';
import { readManifest } from '../../src/model/artifact.ts';
import { temporaryFolder } from '../support/folders.ts';

const config = {
  ...publishedSizes['124M'],
  layerCount: 2,
  width: 64,
  innerWidth: 256,
  headCount: 4,
  vocabularySize: 500,
  bosTokenId: 499,
  eosTokenIds: [499],
};

test('every tensor has its shape, its deviation and no mean, biases and norms aside', () => {
  const checkpoint = randomCheckpoint(config, 3);
  for (const [name, shape] of weightShapes(config)) {
    const numbers = checkpoint.read(name);
    expect(numbers.length, name).toBe(shape.reduce((product, axis) => product * axis, 1));
    if (name.endsWith('.bias')) expect(numbers.every((number) => number === 0)).toBe(true);
    else if (/ln_(1|2|f)/.test(name)) expect(numbers.every((number) => number === 1)).toBe(true);
    else {
      const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
      const square = numbers.reduce((sum, number) => sum + number * number, 0) / numbers.length;
      const deviation = deviationOf(name, config);
      expect(Math.abs(mean), name).toBeLessThan(0.1 * deviation);
      expect(Math.sqrt(square) / deviation, name).toBeCloseTo(1, 1);
    }
  }
});

test('a tensor is the same whenever it is read, and another with another name or seed', () => {
  const [once, again, other] = [3, 3, 4].map((seed) => randomCheckpoint(config, seed));
  const name = 'h.0.attn.c_proj.weight';
  expect(once!.read(name)).toEqual(again!.read(name));
  expect(once!.read(name)).not.toEqual(other!.read(name));
  expect(once!.read(name)).not.toEqual(once!.read('h.1.attn.c_proj.weight'));
  expect(() => once!.read('h.2.attn.c_proj.weight')).toThrow('GPT-2 has no tensor');
});

test('it is exported like one from a folder', async () => {
  const artifact = path.join(temporaryFolder(), 'artifact');
  const tokenizer = { kind: 'ids', vocabulary: null } as const;
  await exportModel(randomCheckpoint(config, 3), tokenizer, {
    outputDirectory: artifact,
    precision: 'fp16',
  });
  expect(readManifest(artifact)).toMatchObject({ precision: 'fp16', config: { layerCount: 2 } });
});
