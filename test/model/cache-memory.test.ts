import { expect, test } from 'vitest';
import { publishedSizes } from '../../models/gpt2/config.ts';
import { rowBytes, rowsWithin } from '../../src/model/cache-memory.ts';

const float32 = { ...publishedSizes['124M'], headSize: 64, cacheType: 'float32' } as const;
const float16 = { ...float32, cacheType: 'float16' } as const;
const int8 = { ...float32, cacheType: 'int8' } as const;

test('a row holds keys and values of every layer, head and token', () => {
  expect(rowBytes(float32)).toBe(2 * 12 * 12 * 1024 * 64 * 4);
});

test('a row of float16 takes half', () => {
  expect(rowBytes(float16)).toBe(rowBytes(float32) / 2);
});

test('a row of int8 takes a quarter, so that four times as many fit', () => {
  expect(rowBytes(int8)).toBe(rowBytes(float32) / 4);
  const budget = 10 * rowBytes(float32) + 1;
  expect([rowsWithin(float32, budget), rowsWithin(int8, budget)]).toEqual([10, 40]);
});
