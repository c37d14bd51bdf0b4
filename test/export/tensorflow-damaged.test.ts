// Indexes and data of TensorFlow's that are damaged, or made to harm.

import { truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Bundle } from '../../export/checkpoint/tensorflow/bundle.ts';
import { openTensorFlow } from '../../export/checkpoint/tensorflow/tensorflow.ts';
import { CheckpointError } from '../../models/errors.ts';
import { temporaryFolder } from '../support/folders.ts';
import {
  type BundleTensor,
  bundleFiles,
  bytesOf,
  type EntryFields,
  entryProto,
  headerProto,
  maskedCrc,
  table,
  writeBundle,
} from './tensorflow-writer.ts';

const folder = temporaryFolder();
let count = 0;
const fresh = () => path.join(folder, `case-${count++}`);

describe('an index that does not add up is refused', () => {
  const entry: EntryFields = {
    ...{ dtype: 1, shape: [2], shard: 0, offset: 0, size: 8 },
    crc: maskedCrc(new Uint8Array(8)),
  };
  const open = (
    entries: readonly (readonly [string, Uint8Array])[],
    { data = 8, header = headerProto(1) } = {},
  ) => {
    const indexPath = writeBundle(fresh(), new Map());
    writeFileSync(indexPath, table([['', header], ...entries]));
    truncateSync(indexPath.replace('index', 'data-00000-of-00001'), data);
    return () => Bundle.open(indexPath).close();
  };
  const of = (fields: Partial<EntryFields>) => open([['a', entryProto({ ...entry, ...fields })]]);

  test.each([
    ['a size unlike the shape', of({ shape: [3] }), '"a", F32 [3], takes 12 bytes, not 8'],
    ['an impossible shape', of({ shape: [2 ** 40, 2 ** 40] }), 'bytes, not 8'],
    ['a size that no number holds', of({ shape: [Number(2n ** 62n)] }), 'no valid shape'],
    ['a shard that is none', of({ shard: 1 }), '"a" lies in shard 1 of 1'],
    ['a place beyond the file', of({ offset: 8 }), 'has 8 bytes, the tensors in it take 16'],
    ['a place that no number holds', of({ offset: Number(2n ** 62n) }), '"a" lies nowhere'],
    ['bytes that belong to no tensor', of({ shape: [1], size: 4 }), 'has 8 bytes, the tensors in'],
    [
      'two in one place',
      open([
        ['a', entryProto(entry)],
        ['b', entryProto({ ...entry, offset: 4, size: 4, shape: [1] })],
      ]),
      '"b" overlaps the tensor before it',
    ],
    [
      'a tensor twice',
      open([
        ['a', entryProto(entry)],
        ['a', entryProto(entry)],
      ]),
      '"a" is out of order, or there twice',
    ],
    ['an entry that is none', open([['a', Uint8Array.of(0xff)]]), '"a" is no entry'],
    [
      'slices',
      open([['a', Uint8Array.from([...entryProto(entry), (7 << 3) | 2, 0])]]),
      '"a" is stored in slices',
    ],
    ['a header that is none', open([], { header: Uint8Array.of(0xff) }), 'has no header'],
    ['big-endian numbers', open([], { header: headerProto(1, 1) }), 'is big-endian'],
    ['names without end', open([['a'.repeat(1025), entryProto(entry)]]), 'longer than any name'],
  ])('%s', (_, opened, message) => {
    expect(opened).toThrow(CheckpointError);
    expect(opened).toThrow(message);
    expect(opened).toThrow(/^model\.ckpt\.index: /);
  });

  test('two names for one tensor', () => {
    const twins = new Map([
      ['model/h0/ln_1/g', { dtype: 1, shape: [1], bytes: new Uint8Array(4) }],
      ['model/h0/ln_1/w', { dtype: 1, shape: [1], bytes: new Uint8Array(4) }],
    ]);
    const index = writeBundle(fresh(), twins);
    expect(() => openTensorFlow(index)).toThrow('model/h0/ln_1/g and model/h0/ln_1/w are one');
  });
});

test('a table that lists one block over and over is refused, whatever the block holds', () => {
  // Its only data block, 20 bytes at 0, serves as its index: two entries, both with the handle of the
  // metaindex, which is an empty block, 8 bytes at 25.
  const handle = Uint8Array.of(25, 8);
  const bytes = table([
    ['a', handle],
    ['b', handle],
  ]);
  expect([...bytes.subarray(-48, -46)]).toEqual([...handle]);
  bytes.set([...handle, 0, 20], bytes.length - 48);
  const indexPath = writeBundle(fresh(), new Map());
  writeFileSync(indexPath, bytes);
  expect(() => Bundle.open(indexPath)).toThrow(CheckpointError);
  expect(() => Bundle.open(indexPath)).toThrow('the block at 25 begins before the one listed');
});

test('whatever happens to an index or its data, tensors read right or are refused', () => {
  const bytes = bytesOf(Float32Array.of(1, 2, 3, 4));
  const tensors = new Map<string, BundleTensor>([
    ['model/h0/ln_1/b', { dtype: 1, shape: [4], bytes }],
    ['model/h0/ln_1/g', { dtype: 1, shape: [4], bytes }],
    ['model/wpe', { dtype: 1, shape: [2, 2], bytes }],
  ]);
  const directory = fresh();
  const index = writeBundle(directory, tensors);
  const data = index.replace('index', 'data-00000-of-00001');
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    byte: fc.integer({ min: 0, max: 255 }),
  });
  const damage = fc.record({
    edits: fc.array(edit, { maxLength: 3 }),
    cut: fc.oneof(fc.constant(0), fc.nat(250)),
  });
  const damaged = (
    original: Uint8Array,
    { edits, cut }: { edits: { at: number; byte: number }[]; cut: number },
  ) => {
    const copy = Buffer.from(original);
    for (const { at, byte } of edits) copy[Math.floor(at * copy.length)] = byte;
    return copy.subarray(0, Math.max(0, copy.length - cut));
  };
  fc.assert(
    fc.property(damage, damage, fc.boolean(), fc.boolean(), (toIndex, toData, snappy, resum) => {
      const files = bundleFiles(tensors, { snappy });
      const changed = damaged(files.index, toIndex);
      // Half the time the checksum of the entries is made right again, so that changes reach them.
      if (resum) resumFirstBlock(changed);
      writeFileSync(index, changed);
      writeFileSync(data, damaged(files.data[0]!, toData));
      try {
        const file = openTensorFlow(index);
        try {
          for (const [name, shape] of file.shapes) {
            const values = file.read(name);
            expect(values).toHaveLength(shape.reduce((product, size) => product * size, 1));
            expect(values.byteLength).toBeLessThanOrEqual(2 * 48); // as halves
          }
        } finally {
          file.close();
        }
      } catch (error) {
        expect(error).toBeInstanceOf(CheckpointError);
      }
    }),
    { numRuns: 400 },
  );
});

/** The first block reaches up to where the metaindex begins, by the footer. */
function resumFirstBlock(index: Buffer): void {
  if (index.length < 48) return;
  let end = 0;
  for (let at = index.length - 48, shift = 0; at < index.length; at++, shift += 7) {
    end += (index[at]! & 127) * 2 ** shift;
    if (index[at]! < 128) break;
  }
  if (end < 5 || end > index.length - 48) return;
  index.writeUInt32LE(maskedCrc(index.subarray(0, end - 4)), end - 4);
}
