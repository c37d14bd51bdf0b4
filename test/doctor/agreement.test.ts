import { expect, test } from 'vitest';
import { agreement, agreesInFp16, shownAgreement } from '../../src/doctor/agreement.ts';

const rows = (...numbers: number[][]) => numbers.map((row) => Float32Array.from(row));

test('equal rows are equal to the last bit', () => {
  const found = agreement(rows([1, 2, 3], [0, 0, 5]), rows([1, 2, 3], [0, 0, 5]));
  expect(found).toEqual({
    rowCount: 2,
    relativeError: 0,
    largestDifference: 0,
    sameBest: 2,
    widestSwap: 0,
    isEqual: true,
  });
  expect(shownAgreement(found)).toBe('2 rows equal to the last bit');
  expect(agreesInFp16(found)).toBe(true);
});

test('an error is measured by how much the expected row varies', () => {
  const found = agreement(rows([-1.5, 1]), rows([-1, 1]));
  expect(found.relativeError).toBeCloseTo(0.5 / Math.sqrt(2), 6);
  expect([found.largestDifference, found.sameBest, found.isEqual]).toEqual([0.5, 1, false]);
  expect(agreesInFp16(found)).toBe(false);
});

test('half a permille off is what fp16 is', () => {
  expect(agreesInFp16(agreement(rows([-1.001, 1]), rows([-1, 1])))).toBe(true);
});

test('the best tokens may change places where they are all but equal, and nowhere else', () => {
  const swapped = (gap: number) => agreement(rows([1, 1.001, -99]), rows([1 + gap, 1, -99]));
  expect([swapped(0.01), swapped(0.3)].map(agreesInFp16)).toEqual([true, false]);
  expect(swapped(0.3).relativeError).toBeLessThan(0.01);
});

test('what is no number is never near', () => {
  const found = agreement(rows([Number.NaN, 1]), rows([0, 1]));
  expect([found.isEqual, found.relativeError, found.largestDifference]).toEqual([
    false,
    Number.POSITIVE_INFINITY,
    Number.POSITIVE_INFINITY,
  ]);
  expect(agreesInFp16(found)).toBe(false);
});
