import { expect, test } from 'vitest';
import { spend } from '../../export/checkpoint/spent-memory.ts';

const megabyte = 2 ** 20;

test('what is read tensor after tensor never piles up beyond the limit', async () => {
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  // Some are in use for a while, as when they are written: those the collector sees to last.
  const inUse: Float32Array[] = [];
  for (let tensor = 0; tensor < 60; tensor++) {
    spend(32 * megabyte);
    inUse.push(new Float32Array(8 * megabyte).fill(1));
    if (inUse.length > 3) inUse.shift();
    await new Promise((resolve) => setImmediate(resolve));
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  expect(inUse).toHaveLength(3);
  expect(most).toBeGreaterThan(64 * megabyte);
  expect(most).toBeLessThanOrEqual((128 + 4 * 32) * megabyte); // of 1,920 that were read
});
