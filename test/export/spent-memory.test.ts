import { expect, test } from 'vitest';
import { spend } from '../../export/checkpoint/spent-memory.ts';

const megabyte = 2 ** 20;

test('what is read tensor after tensor never piles up beyond the limit', () => {
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  let sum = 0;
  for (let tensor = 0; tensor < 40; tensor++) {
    spend(32 * megabyte);
    sum += new Float32Array(8 * megabyte).fill(1)[tensor]!;
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  expect(sum).toBe(40);
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual((128 + 32) * megabyte); // of 1,280 that were read
});
