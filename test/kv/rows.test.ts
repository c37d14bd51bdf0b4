import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RowPool } from '../../src/kv/rows.ts';

const pool = (rowCount: number) => new RowPool({ rowCount, contextLength: 8, rowBytes: 100 });

/** A pool of which exactly these rows are live. */
function poolWith(rowCount: number, live: readonly number[]): RowPool {
  const rows = pool(rowCount);
  for (let row = 0; row < rowCount; row += 1) rows.allocate(row);
  for (let row = 0; row < rowCount; row += 1) if (!live.includes(row)) rows.release(row);
  return rows;
}

describe('which row comes next', () => {
  test.each([
    { live: [], next: 0, because: 'an empty pool begins at the first row' },
    { live: [2], next: 3, because: 'the run grows upwards' },
    { live: [1, 2, 4], next: 3, because: 'a hole comes before growth' },
    { live: [0, 3, 5], next: 1, because: 'the lowest hole comes first' },
    { live: [3, 4, 5], next: 2, because: 'at the upper end the run grows downwards' },
    { live: [5], next: 4, because: 'at the upper end the run grows downwards' },
    { live: [0, 1, 2, 3, 4, 5], next: null, because: 'a full pool has no row to give' },
  ])('with $live live it is $next: $because', ({ live, next }) => {
    expect(poolWith(6, live).allocate(99)).toBe(next);
  });

  test('a row that was moved leaves its place and takes its tokens along', () => {
    const rows = poolWith(4, [0, 3]);
    rows.append(3, 5);
    rows.move(3, 1);
    expect([rows.state(3), rows.owner(3), rows.tokenCount(3)]).toEqual(['free', null, 0]);
    expect([rows.state(1), rows.owner(1), rows.tokenCount(1)]).toEqual(['live', 3, 5]);
    rows.checkIntegrity();
  });
});

test('what breaks the rules is refused', () => {
  const rows = poolWith(3, [1]);
  expect(() => rows.release(0)).toThrow('only a live row is released');
  expect(() => rows.append(0, 1)).toThrow('only a live row grows');
  expect(() => rows.append(1, 9)).toThrow('no more tokens than the context');
  expect(() => rows.move(0, 2)).toThrow('only a live row is moved');
  expect(() => rows.move(1, 1)).toThrow('to a free one');
  rows.append(1, 8);
  rows.checkIntegrity();
});

test('the books agree after any operations, and live rows stay in one run while none is released', () => {
  const operation = fc.record({
    kind: fc.constantFrom('allocate', 'allocate', 'release', 'append', 'move'),
    a: fc.nat(30),
    b: fc.nat(30),
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 7 }), fc.array(operation), (rowCount, operations) => {
      const rows = pool(rowCount);
      const owners = new Map<number, number>(); // row -> owner, the obvious way
      let nextOwner = 0;
      for (const { kind, a, b } of operations) {
        const live = [...owners.keys()].sort((x, y) => x - y);
        const row = live[a % Math.max(1, live.length)];
        if (kind === 'allocate') {
          const given = rows.allocate(nextOwner);
          expect(given === null).toBe(live.length === rowCount);
          if (given === null) continue;
          const first = live[0] ?? given;
          const last = live.at(-1) ?? given;
          expect(given).toBeGreaterThanOrEqual(first - 1);
          expect(given).toBeLessThanOrEqual(last + 1);
          expect(owners.has(given)).toBe(false);
          owners.set(given, nextOwner);
          nextOwner += 1;
        } else if (row === undefined) {
        } else if (kind === 'release') {
          rows.release(row);
          owners.delete(row);
        } else if (kind === 'append') {
          rows.append(row, b % (8 - rows.tokenCount(row) + 1));
        } else {
          const free = Array.from({ length: rowCount }, (_, index) => index).filter(
            (index) => !owners.has(index),
          );
          const to = free[b % Math.max(1, free.length)];
          if (to === undefined) continue;
          rows.move(row, to);
          owners.set(to, owners.get(row)!);
          owners.delete(row);
        }
        rows.checkIntegrity();
        for (let index = 0; index < rowCount; index += 1) {
          expect(rows.owner(index)).toBe(owners.get(index) ?? null);
        }
        expect(rows.usedRowCount).toBe(owners.size);
        expect(rows.freeRowCount).toBe(rowCount - owners.size);
        expect(rows.usedBytes).toBe(owners.size * 100);
        expect(rows.freeBytes).toBe((rowCount - owners.size) * 100);
      }
    }),
  );
});
