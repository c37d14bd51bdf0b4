import { expect, test } from 'vitest';
import { median, percentile, spread } from '../../src/load/statistics.ts';

test('a percentile is the smallest value that so large a share does not exceed', () => {
  const values = [50, 10, 40, 20, 30];
  expect([0, 0.2, 0.21, 0.5, 0.8, 0.99, 1].map((share) => percentile(values, share))).toEqual([
    10, 10, 20, 30, 40, 50, 50,
  ]);
});

test('the median of an even number of values is one of them', () => {
  expect(median([4, 1, 3, 2])).toBe(2);
});

test('there is no percentile of nothing', () => {
  expect(percentile([], 0.5)).toBeNaN();
  expect(spread([])).toEqual({ median: Number.NaN, least: Number.NaN, most: Number.NaN });
});
