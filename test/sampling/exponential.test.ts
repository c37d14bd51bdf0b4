import { expect, test } from 'vitest';
import { exponential } from '../../src/sampling/exponential.ts';

test('agrees with Math.exp to 14 digits', () => {
  let worst = 0;
  for (let x = 0; x > -55; x -= 0.000_137) {
    worst = Math.max(worst, Math.abs(exponential(x) / Math.exp(x) - 1));
  }
  expect(worst).toBeLessThan(1e-14);
  expect(exponential(0)).toBe(1);
  expect(exponential(-0)).toBe(1);
});

test('what could not be told from nothing is nothing', () => {
  for (const x of [-56, -1e3, -3e9, -1e300, Number.NEGATIVE_INFINITY]) {
    expect(exponential(x)).toBe(0);
  }
});

test('nonsense stays nonsense', () => {
  expect(exponential(Number.NaN)).toBeNaN();
});
