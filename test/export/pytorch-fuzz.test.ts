// Whatever happens to a file, it is read right or refused: never another error, never numbers that are
// not in it, never more of them than it has.

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PytorchFile, type PytorchForm } from '../../export/checkpoint/pytorch/pytorch-file.ts';
import { readZip } from '../../export/checkpoint/pytorch/zip.ts';
import { SourceFile } from '../../export/checkpoint/source-file.ts';
import { CheckpointError } from '../../models/errors.ts';
import { temporaryFolder } from '../support/folders.ts';
import { zip } from './pytorch-writer.ts';

const fixtures = path.resolve('test/fixtures/pytorch');
const file = path.join(temporaryFolder(), 'fuzzed.bin');

type Tensors = ReadonlyMap<string, Float32Array>;

/** Everything in the file, or null where it is refused. */
function readAll(bytes: Uint8Array, form: PytorchForm): Tensors | null {
  writeFileSync(file, bytes);
  try {
    const opened = PytorchFile.open(file, form);
    try {
      return new Map(
        [...opened.shapes.keys()]
          .filter((name) => !name.endsWith('attn.bias')) // a mask, which is no weight
          .map((name) => [name, opened.read(name)]),
      );
    } finally {
      opened.close();
    }
  } catch (error) {
    expect(error).toBeInstanceOf(CheckpointError);
    return null;
  }
}

interface Edit {
  /** How far into what may be changed, from 0 to 1. */
  readonly at: number;
  readonly remove: number;
  readonly insert: Uint8Array;
}

const replacement: fc.Arbitrary<Edit> = fc
  .record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    insert: fc.uint8Array({ minLength: 1, maxLength: 4 }),
  })
  .map(({ at, insert }) => ({ at, insert, remove: insert.length }));

const anyEdit: fc.Arbitrary<Edit> = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  remove: fc.integer({ min: 0, max: 4 }),
  insert: fc.uint8Array({ maxLength: 4 }),
});

const edits = fc.array(fc.oneof(replacement, anyEdit), { minLength: 1, maxLength: 3 });

/** Changes within [from, to). */
function edited(bytes: Uint8Array, changes: readonly Edit[], from = 0, to = bytes.length): Buffer {
  let result = Buffer.from(bytes);
  for (const { at, remove, insert } of changes) {
    const place = from + Math.floor(at * (to - from));
    result = Buffer.concat([result.subarray(0, place), insert, result.subarray(place + remove)]);
  }
  return result;
}

describe.each(['zip.bin', 'parameters.bin', 'views.bin'])('%s', (name) => {
  const bytes = readFileSync(path.join(fixtures, name));
  const good = readAll(bytes, 'zip')!;
  const source = SourceFile.open(path.join(fixtures, name));
  const entries = [...readZip(source).values()].map(({ name, position, bytes }) => {
    return { name, data: source.read(position, bytes) };
  });
  source.close();
  const [pickle, ...others] = entries as [(typeof entries)[0], ...typeof entries];
  const directory = bytes.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
  const numbers = new Set([...good.values()].flatMap((values) => [...values]).concat(7));

  test.each([
    ['anywhere', 0],
    ['in its directory', directory],
  ])('changed %s has the same numbers or is refused', (_, from) => {
    fc.assert(
      fc.property(edits, fc.nat(3), (changes, cut) => {
        const changed = edited(bytes, changes, from);
        const found = readAll(changed.subarray(0, changed.length - cut), 'zip');
        if (found !== null) expect(found).toEqual(good);
      }),
      { numRuns: 120 },
    );
  });

  test('with another pickle has numbers of its own or is refused', () => {
    fc.assert(
      fc.property(edits, (changes) => {
        const data = edited(pickle.data, changes);
        const found = readAll(zip([{ ...pickle, data }, ...others]), 'zip');
        for (const values of found?.values() ?? []) {
          expect(values.length).toBeLessThanOrEqual(bytes.length / 4);
          expect(values.every((value) => numbers.has(value))).toBe(true);
        }
      }),
      { numRuns: 250 },
    );
  });
});

describe.each(['legacy.bin', 'legacy-views.bin'])('%s', (name) => {
  const bytes = readFileSync(path.join(fixtures, name));
  const keys = bytes.lastIndexOf(Buffer.from([0x80, 2, 0x5d]));

  test('changed in what describes its numbers is read within its bounds or refused', () => {
    fc.assert(
      fc.property(edits, fc.nat(3), (changes, cut) => {
        const changed = edited(bytes, changes, 0, keys + 600);
        const found = readAll(changed.subarray(0, changed.length - cut), 'legacy');
        for (const values of found?.values() ?? []) {
          expect(values.length).toBeLessThanOrEqual(bytes.length / 2);
        }
      }),
      { numRuns: 250 },
    );
  });
});

test.each<[string, PytorchForm]>([
  ['zip.bin', 'zip'],
  ['legacy.bin', 'legacy'],
])('%s cut short at many places is refused', (name, form) => {
  const bytes = readFileSync(path.join(fixtures, name));
  for (let length = 0; length < bytes.length; length += 31) {
    expect(readAll(bytes.subarray(0, length), form)).toBeNull();
  }
});
