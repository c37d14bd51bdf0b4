import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { placesForLive } from '../../src/kv/placement.ts';
import { RowPool, type RowState } from '../../src/kv/rows.ts';

const pool = (rowCount: number) => new RowPool({ rowCount, contextLength: 8, rowBytes: 100 });

/** A pool of which exactly these rows are live, and these others cached. */
function poolWith(rowCount: number, live: readonly number[], cached: readonly number[] = []) {
  const rows = pool(rowCount);
  for (const row of [...live, ...cached]) rows.occupy(row, row, 0);
  for (const row of cached) {
    rows.append(row, 3);
    rows.retire(row, 2);
  }
  return rows;
}

describe('which row comes next', () => {
  test.each([
    { live: [], next: [0, 1, 2, 3, 4, 5], because: 'an empty pool takes any row' },
    { live: [2], next: [3, 1], because: 'the run grows upwards before downwards' },
    { live: [1, 2, 4], next: [3], because: 'a hole comes before growth' },
    { live: [0, 3, 5], next: [1, 2, 4], because: 'the lowest hole comes first' },
    { live: [3, 4, 5], next: [2], because: 'at the upper end the run grows downwards' },
    { live: [5], next: [4], because: 'at the upper end the run grows downwards' },
    { live: [0, 1, 2, 3, 4, 5], next: [], because: 'a full pool has no row to give' },
  ])('with $live live it is one of $next: $because', ({ live, next }) => {
    expect(placesForLive(poolWith(6, live))).toEqual(next);
    const others = [0, 1, 2, 3, 4, 5].filter((row) => !live.includes(row));
    expect(placesForLive(poolWith(6, live, others)), 'cached rows are places too').toEqual(next);
  });
});

test('a row that was moved leaves its place and takes its tokens along', () => {
  const rows = poolWith(5, [0, 3], [4]);
  rows.append(3, 5);
  rows.move(3, 1);
  expect([rows.state(3), rows.owner(3), rows.tokenCount(3)]).toEqual(['free', null, 0]);
  expect([rows.state(1), rows.owner(1), rows.tokenCount(1)]).toEqual(['live', 3, 5]);
  rows.move(4, 2);
  expect([rows.state(2), rows.owner(2), rows.tokenCount(2)]).toEqual(['cached', null, 2]);
  rows.checkIntegrity();
});

test('what breaks the rules is refused', () => {
  const rows = poolWith(4, [1], [3]);
  expect(() => rows.release(0)).toThrow('only a live row is released');
  expect(() => rows.release(3)).toThrow('only a live row is released');
  expect(() => rows.append(0, 1)).toThrow('only a live row grows');
  expect(() => rows.append(1, 9)).toThrow('no more tokens than the context');
  expect(() => rows.move(0, 2)).toThrow('holds nothing is not moved');
  expect(() => rows.move(1, 1)).toThrow('to a free one');
  expect(() => rows.move(1, 3)).toThrow('to a free one');
  expect(() => rows.occupy(1, 7, 0)).toThrow('one owner');
  expect(() => rows.occupy(3, 7, 3)).toThrow('begins with what a row keeps');
  expect(() => rows.retire(1, 0)).toThrow('keeps some of its tokens');
  expect(() => rows.drop(1)).toThrow('only a cached row');
  rows.append(1, 8);
  expect(() => rows.retire(1, 8)).toThrow('room for one more');
  rows.checkIntegrity();
});

test('the books agree after any operations', () => {
  const operation = fc.record({
    kind: fc.constantFrom('occupy', 'occupy', 'release', 'append', 'retire', 'drop', 'move'),
    a: fc.nat(30),
    b: fc.nat(30),
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 7 }), fc.array(operation), (rowCount, operations) => {
      const rows = pool(rowCount);
      // The obvious way: what is in each row.
      const books = Array.from({ length: rowCount }, () => ({
        state: 'free' as RowState,
        owner: null as number | null,
        tokenCount: 0,
      }));
      for (const [step, { kind, a, b }] of operations.entries()) {
        const row = a % rowCount;
        const entry = books[row]!;
        const { state, tokenCount } = entry;
        if (kind === 'occupy' && state !== 'live') {
          rows.occupy(row, step, b % (tokenCount + 1));
          books[row] = { state: 'live', owner: step, tokenCount: b % (tokenCount + 1) };
        } else if (kind === 'release' && state === 'live') {
          rows.release(row);
          books[row] = { state: 'free', owner: null, tokenCount: 0 };
        } else if (kind === 'append' && state === 'live') {
          rows.append(row, b % (9 - tokenCount));
          entry.tokenCount += b % (9 - tokenCount);
        } else if (kind === 'retire' && state === 'live' && tokenCount > 0) {
          const kept = Math.min(7, 1 + (b % tokenCount));
          rows.retire(row, kept);
          books[row] = { state: 'cached', owner: null, tokenCount: kept };
        } else if (kind === 'drop' && state === 'cached') {
          rows.drop(row);
          books[row] = { state: 'free', owner: null, tokenCount: 0 };
        } else if (kind === 'move' && state !== 'free' && books[b % rowCount]!.state === 'free') {
          rows.move(row, b % rowCount);
          books[b % rowCount] = entry;
          books[row] = { state: 'free', owner: null, tokenCount: 0 };
        }
        rows.checkIntegrity();
        const count = (state: RowState) => books.filter((each) => each.state === state).length;
        expect(rows.usedRowCount).toBe(count('live'));
        expect(rows.cachedRowCount).toBe(count('cached'));
        expect(rows.freeRowCount).toBe(count('free'));
        expect(rows.usedBytes).toBe(count('live') * 100);
        books.forEach(({ state, owner, tokenCount }, index) => {
          expect([rows.state(index), rows.owner(index), rows.tokenCount(index)]).toEqual([
            state,
            owner,
            tokenCount,
          ]);
        });
      }
    }),
  );
});
