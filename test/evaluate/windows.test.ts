// Which tokens are scored, and after which.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { scoredCountOf, type Windowing, windowsOf } from '../../src/evaluate/windows.ts';
import { windowsByPosition } from '../reference/windows.ts';

const sizes = fc
  .tuple(fc.integer({ min: 2, max: 20 }), fc.integer({ min: 0, max: 200 }), fc.nat())
  .map(([contextTokens, tokenCount, number]) => {
    return { contextTokens, tokenCount, strideTokens: 1 + (number % contextTokens) };
  });

function scoredBy(tokenCount: number, windowing: Windowing): number[] {
  return [...windowsOf(tokenCount, windowing)].flatMap(({ end, firstScored }) =>
    Array.from({ length: end - firstScored }, (_, index) => firstScored + index),
  );
}

test('windows are those of the loop that everybody uses', () => {
  fc.assert(
    fc.property(sizes, ({ tokenCount, contextTokens, strideTokens }) => {
      const expected = windowsByPosition(tokenCount, contextTokens, strideTokens);
      const found = windowsOf(tokenCount, { contextTokens, strideTokens, last: 'short' });
      expect([...found].map(({ start, end, firstScored }) => [start, firstScored, end])).toEqual(
        expected
          .filter(({ scored }) => scored.length > 0)
          .map(({ start, end, scored }) => [start, scored[0], end]),
      );
    }),
  );
});

test.each(['short', 'full'] as const)(
  'with any overlap every token but the first is scored, once: %s',
  (last) => {
    fc.assert(
      fc.property(sizes, ({ tokenCount, contextTokens, strideTokens }) => {
        fc.pre(strideTokens < contextTokens && tokenCount > 0);
        const windowing = { contextTokens, strideTokens, last };
        const all = Array.from({ length: tokenCount - 1 }, (_, index) => index + 1);
        expect(scoredBy(tokenCount, windowing)).toEqual(all);
        expect(scoredCountOf(tokenCount, windowing)).toBe(tokenCount - 1);
        for (const { start, end } of windowsOf(tokenCount, windowing)) {
          expect(end - start).toBeLessThanOrEqual(contextTokens);
          if (last === 'full') expect(end - start).toBe(Math.min(contextTokens, tokenCount));
        }
      }),
    );
  },
);

describe('without overlap', () => {
  test('the first token of each window is not scored', () => {
    expect(scoredBy(9, { contextTokens: 4, strideTokens: 4, last: 'short' })).toEqual([
      1, 2, 3, 5, 6, 7,
    ]);
  });
});
