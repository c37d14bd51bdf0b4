import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FetchedRows } from '../../src/model/fetched-rows.ts';
import type { NativeMemory } from '../../src/onnxruntime/memory.ts';
import { HostStream } from '../support/host-stream.ts';

const rowCount = 40;

/** Row r of the logits is r · 1000, r · 1000 + 1, … */
function subject(vocabularySize: number, mostRows: number, rows = rowCount) {
  const stream = new HostStream();
  const logits = stream.allocate(rows * vocabularySize * 4) as NativeMemory;
  const numbers = new Float32Array(logits.buffer); // [rows, vocabulary]
  for (let at = 0; at < numbers.length; at++) {
    numbers[at] = Math.floor(at / vocabularySize) * 1000 + (at % vocabularySize);
  }
  const fetched = new FetchedRows(stream, logits, vocabularySize, mostRows);
  const expected = (row: number) => {
    return Array.from(numbers.subarray(row * vocabularySize, (row + 1) * vocabularySize));
  };
  return { stream, numbers, fetched, expected };
}

/** Stretches of neighbours. */
function runsOf(rows: readonly number[]): number {
  return rows.filter((row, place) => row !== rows[place - 1]! + 1).length;
}

test('any ascending list of rows comes whole and right, in one copy for neighbours and one wait a round', () => {
  const row = fc.nat(rowCount - 1);
  const list = fc.array(row, { minLength: 1, maxLength: 60 }).map((rows) => {
    return Int32Array.from(rows).sort();
  });
  fc.assert(
    fc.property(list, fc.integer({ min: 1, max: 12 }), fc.nat(5), (rows, mostRows, first) => {
      fc.pre(first < rows.length);
      const { stream, fetched, expected } = subject(7, mostRows);
      let rounds = 0;
      let copies = 0;
      for (let place = first; place < rows.length; rounds++) {
        const end = fetched.fetch(rows, place, rows.length);
        const inRound = [...new Set(rows.subarray(place, end))];
        expect(inRound.length === mostRows || end === rows.length, 'a round is full').toBe(true);
        copies += runsOf(inRound);
        for (; place < end; place++) {
          expect(Array.from(fetched.row(rows[place]!))).toEqual(expected(rows[place]!));
        }
      }
      expect(stream.waitCount).toBe(rounds);
      expect(rounds).toBe(Math.ceil(new Set(rows.subarray(first)).size / mostRows));
      expect(stream.copiedOut).toHaveLength(copies);
      stream.dispose();
    }),
    { numRuns: 1000 },
  );
});

test('a row that was not fetched is fetched by itself, and only once', () => {
  const { stream, fetched, expected } = subject(5, 3);
  fetched.fetch(Int32Array.of(4, 5), 0, 2);
  expect(Array.from(fetched.row(9))).toEqual(expected(9));
  expect(Array.from(fetched.row(9))).toEqual(expected(9));
  expect(stream.copiedOut).toEqual([2 * 5 * 4, 5 * 4]);
  stream.dispose();
});

test('what a run left behind is not taken for what the next one says', () => {
  const { stream, numbers, fetched, expected } = subject(5, 3);
  fetched.fetch(Int32Array.of(4, 5), 0, 2);
  numbers.fill(-1);
  fetched.forget();
  expect(Array.from(fetched.row(5))).toEqual(expected(5));
  stream.dispose();
});

test('no rows count as fetched when the device fails', () => {
  const { stream, numbers, fetched, expected } = subject(5, 3);
  const rows = Int32Array.of(4, 5);
  fetched.fetch(rows, 0, 2);
  numbers.fill(-1);
  const { synchronize } = stream;
  stream.synchronize = () => {
    throw new Error('the device is gone');
  };
  expect(() => fetched.fetch(rows, 0, 2)).toThrow('the device is gone');
  stream.synchronize = synchronize;
  expect(Array.from(fetched.row(4))).toEqual(expected(4));
  stream.dispose();
});

test('memory is at most 16 MiB, whatever the vocabulary, and has room for one row', () => {
  const mebibyte = 2 ** 20;
  const bytesOfRounds = (vocabularySize: number) => {
    const { stream, fetched } = subject(vocabularySize, 100, 6);
    fetched.fetch(Int32Array.of(0, 1, 2, 3, 4, 5), 0, 6);
    const { copiedOut } = stream;
    stream.dispose();
    return copiedOut;
  };
  expect(bytesOfRounds(mebibyte)).toEqual([16 * mebibyte]); // four of six rows
  expect(bytesOfRounds(5 * mebibyte)).toEqual([20 * mebibyte]);
});
