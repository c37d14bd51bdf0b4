import { writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Storage, StoredView } from '../../export/checkpoint/pytorch/pickle-values.ts';
import { readView } from '../../export/checkpoint/pytorch/strided.ts';
import { SourceFile } from '../../export/checkpoint/source-file.ts';
import { viewOf } from '../reference/strided.ts';
import { temporaryFolder } from '../support/folders.ts';

const file = path.join(temporaryFolder(), 'numbers');
const before = 8;

function read(storage: Float32Array, view: StoredView): number[] {
  writeFileSync(file, Buffer.concat([Buffer.alloc(before), new Uint8Array(storage.buffer)]));
  const source = SourceFile.open(file);
  try {
    return [...readView(source, before, view, 'w')];
  } finally {
    source.close();
  }
}

const axis = fc.record({
  size: fc.integer({ min: 1, max: 4 }),
  gap: fc.integer({ min: 0, max: 3 }),
});

/** Axes in any order, each with a gap between what lies within it. */
const layout = fc
  .tuple(
    fc.array(axis, { maxLength: 4 }),
    fc.integer({ min: 0, max: 9 }),
    fc.infiniteStream(fc.nat()),
  )
  .map(([axes, offset, order]) => {
    let span = 1;
    const strided = axes.map(({ size, gap }) => {
      const stride = span + gap;
      span = stride * (size - 1) + span;
      return { size, stride, rank: order.next().value as number };
    });
    strided.sort((a, b) => a.rank - b.rank);
    return {
      offset,
      shape: strided.map(({ size }) => size),
      strides: strided.map(({ stride }) => stride),
      elementCount: offset + span,
    };
  });

test('a view has the numbers that the formula says', () => {
  fc.assert(
    fc.property(layout, ({ offset, shape, strides, elementCount }) => {
      const numbers = Float32Array.from({ length: elementCount }, (_, at) => at);
      const storage = new Storage('0', 'F32', 4, elementCount);
      const view = new StoredView(storage, offset, shape, strides);
      expect(read(numbers, view)).toEqual(viewOf(numbers, offset, shape, strides));
    }),
    { numRuns: 300 },
  );
});

test('a view larger than what is read at a time has them too', () => {
  const [rows, columns] = [700, 900]; // over two pieces, and no divisor of one
  const numbers = Float32Array.from({ length: rows * columns + 5 }, (_, at) => at);
  const storage = new Storage('0', 'F32', 4, numbers.length);
  const transposed = new StoredView(storage, 5, [columns, rows], [1, columns]);
  expect(read(numbers, transposed)).toEqual(viewOf(numbers, 5, [columns, rows], [1, columns]));
  const sparse = new StoredView(storage, 1, [3, 2], [300_000, 7]);
  expect(read(numbers, sparse)).toEqual([1, 8, 300_001, 300_008, 600_001, 600_008]);
});
