// Merging by a list of pairs, against its slow twin.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PairMerger } from '../../src/tokenizer/pair-merger.ts';
import { PairTable } from '../../src/tokenizer/pair-table.ts';
import { slowPairMerge } from '../reference/pair-merge.ts';

const letters = 4;

/** Of some letters, and of what earlier merges made: each makes a token of its own. */
const mergeLists = fc
  .array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 24 })
  .map((pairs) =>
    pairs.flatMap(([left, right], at) => [left, right].map((id) => id % (letters + at))),
  );

const pieces = fc.array(fc.nat({ max: letters - 1 }), { maxLength: 60 });

test('pairs are merged as the slow twin merges them, whatever the list', () => {
  fc.assert(
    fc.property(mergeLists, fc.array(pieces, { maxLength: 4 }), (merges, pieces) => {
      const made = Array.from({ length: merges.length / 2 }, (_, merge) => letters + merge);
      const table = new PairTable(merges, Int32Array.from(made));
      const merger = new PairMerger(table, 60);
      for (const piece of pieces) {
        const ids: number[] = [7]; // what was there stays
        merger.merge(Int32Array.from(piece), piece.length, ids);
        expect(ids).toEqual([7, ...slowPairMerge(piece, merges, made)]);
      }
    }),
    { numRuns: 1000 },
  );
});

test('a pair has the rank of its last merge, and others have none', () => {
  const table = new PairTable([0, 1, 1, 0, 0, 1], Int32Array.of(5, 6, 7));
  expect(table.rankOf(0, 1)).toBe(2);
  expect(table.made(2)).toBe(7);
  expect(table.rankOf(1, 0)).toBe(1);
  expect(table.rankOf(1, 1)).toBe(-1);
  expect(new PairTable([], new Int32Array(0)).rankOf(0, 0)).toBe(-1);
});
