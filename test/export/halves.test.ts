// float32 -> binary16 against a rounding that is written another way, and against all the halves that
// there are.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { halfToNumber } from '../../export/checkpoint/number-formats.ts';
import { centered, halves, meanRow } from '../../export/quantize/fp16.ts';
import { nearestHalf } from '../../models/eager-fp16.ts';

const half = (number: number) => halves(Float32Array.of(number), 'it')[0]!;

/** Every finite half, by its bits. */
const all = Array.from({ length: 0x10000 }, (_, bits) => bits).filter((bits) =>
  Number.isFinite(halfToNumber(bits)),
);
const positive = all.filter((bits) => bits < 0x8000);

test('every half is itself', () => {
  const numbers = Float32Array.from(all, halfToNumber);
  expect([...halves(numbers, 'it')]).toEqual(all);
  expect(numbers.every((number) => nearestHalf(number) === number)).toBe(true);
});

test('between two halves the nearer is taken, and midway the even one', () => {
  for (const bits of positive.slice(0, -1)) {
    const [below, above] = [halfToNumber(bits), halfToNumber(bits + 1)];
    const middle = (below + above) / 2; // exact in float32, its neighbours below too
    const slightly = (above - below) / 16;
    for (const sign of [1, -1]) {
      const found = [middle - slightly, middle, middle + slightly].map((x) => half(sign * x));
      const even = bits % 2 === 0 ? bits : bits + 1;
      const expected = [bits, even, bits + 1].map((each) => (sign < 0 ? each | 0x8000 : each));
      expect(found).toEqual(expected);
    }
  }
});

test('any number is rounded as the slow way does', () => {
  const exponent = fc.integer({ min: -30, max: 15 });
  const fraction = fc.float({ min: 1, max: 2, noNaN: true });
  const number = fc
    .tuple(exponent, fraction, fc.constantFrom(1, -1))
    .map(([power, x, sign]) => Math.fround(sign * x * 2 ** power))
    .filter((x) => Math.abs(x) < 65520);
  fc.assert(
    fc.property(number, (x) => {
      const found = halfToNumber(half(x));
      expect(found === nearestHalf(x)).toBe(true);
      for (const bits of [half(x) - 1, half(x) + 1]) {
        const neighbour = halfToNumber(bits & 0xffff);
        if (Number.isFinite(neighbour)) {
          expect(Math.abs(found - x)).toBeLessThanOrEqual(Math.abs(neighbour - x));
        }
      }
    }),
    { numRuns: 2000 },
  );
});

test('what is far below the least half is zero, with its sign', () => {
  expect([1e-30, -1e-30, 2 ** -25, -(2 ** -25)].map(half)).toEqual([0, 0x8000, 0, 0x8000]);
  expect(half(2 ** -25 * 1.0001)).toBe(1);
});

test('the largest half is reached, and what would be rounded past it is refused with its place', () => {
  expect(half(65504)).toBe(0x7bff);
  expect(half(65519.99)).toBe(0x7bff);
  for (const number of [65520, -65536, 3e38, Number.POSITIVE_INFINITY, Number.NaN]) {
    expect(() => halves(Float32Array.of(1, number), 'wte.weight')).toThrow('wte.weight has ');
    expect(() => halves(Float32Array.of(1, number), 'wte.weight')).toThrow(' at 1, and fp16 ends');
  }
});

test('a table is stored less its mean, with that as one more row, and zeros after it', () => {
  const rows = [
    [101, -2],
    [103, -2],
    [102, 1],
  ];
  const table = Float32Array.from(rows.flat());
  expect([...meanRow(table, 2)]).toEqual([102, -1]);
  const stored = [...centered(table, 2, 5, 'it')].map(halfToNumber);
  expect(stored).toEqual([-1, -1, 1, -1, 0, 2, 102, -1, 0, 0]);
});

test('a row and the mean are together what the row was, however far the mean is', () => {
  const entry = fc.float({ min: -1, max: 1, noNaN: true });
  const rows = fc.array(fc.tuple(entry, entry), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(rows, fc.float({ min: -100, max: 100, noNaN: true }), (table, far) => {
      const numbers = Float32Array.from(table.flat(), (number) => number + far);
      const stored = [...centered(numbers, 2, table.length + 1, 'it')].map(halfToNumber);
      const mean = stored.slice(-2);
      expect(mean).toEqual([...meanRow(numbers, 2)]);
      numbers.forEach((number, index) => {
        // Rows are no more than 2 apart, and their mean rounded to 1/16: halves are 1/512 apart there.
        expect(Math.abs(stored[index]! + mean[index % 2]! - number)).toBeLessThanOrEqual(1 / 1024);
      });
    }),
  );
});

test('part of a larger array is read where it lies', () => {
  const numbers = Float32Array.of(5, 1, 2, 5).subarray(1, 3);
  expect([...halves(numbers, 'it')]).toEqual([0x3c00, 0x4000]);
});
