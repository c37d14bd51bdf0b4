import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runSize, runSizes, runStart } from '../../src/scheduler/run-shapes.ts';

/** A pool, and a run in it. */
const runs = fc.integer({ min: 1, max: 1024 }).chain((rowCount) =>
  fc.integer({ min: 0, max: rowCount - 1 }).chain((firstRow) =>
    fc.record({
      rowCount: fc.constant(rowCount),
      firstRow: fc.constant(firstRow),
      count: fc.integer({ min: 1, max: rowCount - firstRow }),
    }),
  ),
);

test('a run covers what it has to, and stays in the cache', () => {
  fc.assert(
    fc.property(runs, ({ rowCount, firstRow, count }) => {
      const size = runSize(firstRow, count, rowCount);
      const start = runStart(firstRow, size, rowCount);
      expect(runSizes(rowCount)).toContain(size);
      expect(start).toBeGreaterThanOrEqual(0);
      expect(start).toBeLessThanOrEqual(firstRow);
      expect(start + size).toBeGreaterThanOrEqual(firstRow + count);
      expect(start + size).toBeLessThanOrEqual(rowCount);
    }),
  );
});

test('it is never more than twice as long, and half as long again where it is long', () => {
  fc.assert(
    fc.property(runs, ({ rowCount, firstRow, count }) => {
      const size = runSize(firstRow, count, rowCount);
      if (count >= 16) expect(size).toBeLessThanOrEqual(2 * count);
      else expect(size).toBeLessThanOrEqual(24);
    }),
  );
});

test('there are few shapes, however rows come and go', () => {
  const shapes = new Set<string>();
  for (let firstRow = 0; firstRow < 256; firstRow++) {
    for (let count = 1; firstRow + count <= 256; count++) {
      const size = runSize(firstRow, count, 256);
      shapes.add(`${runStart(firstRow, size, 256)} ${size}`);
    }
  }
  // One for each row, 128 of two rows, and so on: of 32,896 runs.
  expect(shapes.size).toBeLessThan(800);
});

test('the usual runs begin at the first row', () => {
  expect(runSizes(8)).toEqual([1, 2, 4, 8]);
  expect(runSizes(20)).toEqual([1, 2, 4, 8, 16, 20]);
  expect(runSizes(1)).toEqual([1]);
});
