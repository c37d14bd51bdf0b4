import fc from 'fast-check';
import { expect, test } from 'vitest';
import { leastMatch, longestMatch, SuffixIndex } from '../../src/speculation/suffix-index.ts';
import { continuation, longestEnding } from '../reference/suffix-scan.ts';

const capacity = 80;

/** Few tokens repeat often; many hardly ever; a pattern repeats all the time. */
const text = fc.oneof(
  fc.array(fc.nat(1), { maxLength: capacity }),
  fc.array(fc.nat(3), { maxLength: capacity }),
  fc.array(fc.nat(50256), { maxLength: capacity }),
  fc
    .tuple(fc.array(fc.nat(50256), { minLength: 1, maxLength: 9 }), fc.nat(capacity))
    .map(([pattern, length]) => Array.from({ length }, (_, i) => pattern[i % pattern.length]!)),
);

test('it finds the latest of the longest endings that occurred before, after each token', () => {
  const index = new SuffixIndex(capacity);
  let foundCount = 0;
  fc.assert(
    fc.property(text, (ids) => {
      index.clear();
      const before: number[] = [];
      for (const id of ids) {
        index.append(id);
        before.push(id);
        const expected = longestEnding(before, leastMatch, longestMatch);
        expect(index.search()).toBe(expected?.length ?? 0);
        if (expected === null) continue;
        foundCount += 1;
        const followers = Array.from({ length: 16 }, (_, place) => index.follower(place));
        expect(followers).toEqual(continuation(before, expected.end, 16));
      }
    }),
    { numRuns: 300 },
  );
  expect(foundCount).toBeGreaterThan(1000);
});

test('an empty text has no ending, and a cleared one nothing of what it was', () => {
  const index = new SuffixIndex(8);
  expect(index.search()).toBe(0);
  for (const id of [1, 2, 1, 2]) index.append(id);
  expect(index.search()).toBe(2);
  index.clear();
  expect(index.length).toBe(0);
  for (const id of [1, 2]) index.append(id);
  expect(index.search()).toBe(0);
});
