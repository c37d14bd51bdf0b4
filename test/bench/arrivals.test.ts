import { expect, test } from 'vitest';
import { poissonArrivals } from '../../bench/load/arrivals.ts';

const gapsOf = (times: readonly number[]) =>
  times.map((time, index) => time - (times[index - 1] ?? 0));

test('arrivals ascend, end in time, and are the same for the same seed', () => {
  const times = poissonArrivals(5, 20, 7);
  expect(gapsOf(times).every((gap) => gap > 0)).toBe(true);
  expect(times.at(-1)).toBeLessThan(20);
  expect(poissonArrivals(5, 20, 7)).toEqual(times);
  expect(poissonArrivals(5, 20, 8)).not.toEqual(times);
});

test('so many arrive a second, and their number varies as much as its mean', () => {
  const counts = Array.from({ length: 2000 }, (_, seed) => poissonArrivals(3, 10, seed).length);
  const mean = counts.reduce((sum, count) => sum + count) / counts.length;
  const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / counts.length;
  // Six standard errors of each: sqrt(30 / 2000) and 30 · sqrt(2 / 2000).
  expect(Math.abs(mean - 30)).toBeLessThan(0.74);
  expect(Math.abs(variance - 30)).toBeLessThan(5.7);
});

test('gaps are exponential: the share that is longer than t falls as e^(-rate · t)', () => {
  const gaps = gapsOf(poissonArrivals(4, 5000, 1));
  for (const time of [0.05, 0.25, 0.5, 1]) {
    const share = gaps.filter((gap) => gap > time).length / gaps.length;
    expect(share).toBeCloseTo(Math.exp(-4 * time), 1.7);
  }
});
