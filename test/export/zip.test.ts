import {
  closeSync,
  ftruncateSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readZip } from '../../export/checkpoint/pytorch/zip.ts';
import { SourceFile } from '../../export/checkpoint/source-file.ts';
import { CheckpointError } from '../../models/errors.ts';
import { temporaryFolder } from '../support/folders.ts';
import { type Ending, type Entry, zip } from './pytorch-writer.ts';

const file = path.join(temporaryFolder(), 'archive.zip');

function entriesOf(bytes: Uint8Array): Map<string, string> {
  writeFileSync(file, bytes);
  return withSource((source) => {
    return new Map(
      [...readZip(source).values()].map(({ name, position, bytes }) => {
        return [name, Buffer.from(source.read(position, bytes)).toString()];
      }),
    );
  });
}

function withSource<T>(use: (source: SourceFile) => T): T {
  const source = SourceFile.open(file);
  try {
    return use(source);
  } finally {
    source.close();
  }
}

function refusal(bytes: Uint8Array): string {
  try {
    entriesOf(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(CheckpointError);
    expect((error as Error).message).toMatch(/^archive\.zip: /);
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}

const a = { name: 'a', data: Buffer.from('first') };
const b = { name: 'b/c', data: Buffer.from('second') };

test('entries lie where the directory says, in any order', () => {
  const expected = new Map([
    ['a', 'first'],
    ['b/c', 'second'],
  ]);
  expect(entriesOf(zip([a, b]))).toEqual(expected);
  expect(entriesOf(zip([a, b], { comment: 'PK\x05\x06, it says' }))).toEqual(expected);
  expect(entriesOf(zip([]))).toEqual(new Map());
});

test("PyTorch's own archives are read, with their padding and ZIP64 ends", () => {
  writeFileSync(file, readFileSync('test/fixtures/pytorch/zip.bin'));
  withSource((source) => {
    const entries = readZip(source);
    expect(entries.has('zip/data.pkl')).toBe(true);
    const { position, bytes } = entries.get('zip/byteorder')!;
    expect(Buffer.from(source.read(position, bytes)).toString()).toBe('little');
    for (const { name, position } of entries.values()) {
      if (name.includes('/data/')) expect(position % 64).toBe(0);
    }
  });
});

test.each<[string, readonly Entry[], Ending, string]>([
  ['a compressed entry', [{ ...a, method: 8 }], {}, 'a is compressed (method 8)'],
  ['an encrypted entry', [{ ...a, flags: 1 }], {}, 'a is encrypted'],
  ['a hidden entry', [{ ...a, flags: 0x2000 }], {}, 'a is encrypted'],
  ['an entry twice', [a, a], {}, 'a is there twice'],
  ['another name at the entry', [{ ...a, headName: 'z' }], {}, 'another name where it lies'],
  ['an entry longer than its place', [{ ...a, bytes: 6 }, b], {}, 'a overlaps b/c'],
  ['an entry into the directory', [{ ...a, bytes: 6 }], {}, 'a overlaps the directory'],
  ['two entries in one place', [a, { ...a, position: 0 }], {}, 'a overlaps a'],
  ['an entry between entries', [a, { ...b, position: 3 }], {}, 'b/c is not where it says'],
  ['an entry beyond', [{ ...a, position: 1e9 }], {}, 'a begins beyond the entries'],
  ['a ZIP64 length that is missing', [{ ...a, bytes: 0xffffffff }], {}, 'a has no ZIP64 length'],
  ['too many counted', [a], { entryCount: 2 }, 'its end counts 2 entries, there are 1'],
  ['another disk', [a], { disk: 1 }, 'a part of a zip archive in several files'],
  ['a directory elsewhere', [a], { directoryPosition: 30 }, 'its directory is incomplete'],
  ['a directory beyond', [a], { directoryPosition: 1000 }, 'its directory lies beyond its end'],
  ['a directory cut short', [a], { directoryBytes: 46 }, 'its directory is incomplete'],
])('%s is a clear error', (_, entries, ending, message) => {
  expect(refusal(zip(entries, ending))).toContain(message);
});

test('an archive cut short anywhere, or with more behind it, is refused', () => {
  const whole = zip([a, b]);
  for (let length = 0; length < whole.length; length++) {
    expect(refusal(whole.subarray(0, length))).toContain('the end of the zip archive is missing');
  }
  expect(refusal(Buffer.concat([whole, Buffer.alloc(1)]))).toContain('cut short');
});

test('a name that is not UTF-8 is a clear error', () => {
  const bytes = zip([a]);
  bytes[30] = 0xff;
  bytes[bytes.length - 23] = 0xff;
  expect(refusal(bytes)).toContain('the name of an entry is not UTF-8');
});

test.each([
  ['its place', 8, 0xffff_ffff_ffffn, 'the ZIP64 end of the archive is not where it should be'],
  ['a place beyond numbers', 8, 2n ** 60n, 'is beyond any file'],
  ['another place', 8, 3n, 'the ZIP64 end of the archive is not where it should be'],
])('a ZIP64 end with %s wrong is a clear error', (_, at, value, message) => {
  const bytes = Buffer.from(readFileSync('test/fixtures/pytorch/zip.bin'));
  bytes.writeBigUInt64LE(value, bytes.length - 22 - 20 + at);
  expect(refusal(bytes)).toContain(message);
});

/** As PyTorch's writer makes it where 32 bits do not suffice: `sizes` beyond 2^32 in a sparse file. */
test('positions and lengths beyond 2^32 are read', () => {
  const far = 5 * 2 ** 30;
  const head = (name: string) => {
    const bytes = Buffer.alloc(30 + name.length);
    bytes.writeUInt32LE(0x04034b50, 0);
    bytes.writeUInt16LE(name.length, 26);
    bytes.write(name, 30);
    return bytes;
  };
  const listed = (name: string, wide: readonly number[], short: readonly [number, number]) => {
    const extra = Buffer.alloc(4 + 8 * wide.length);
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(8 * wide.length, 2);
    wide.forEach((value, at) => {
      extra.writeBigUInt64LE(BigInt(value), 4 + 8 * at);
    });
    const bytes = Buffer.alloc(46);
    bytes.writeUInt32LE(0x02014b50, 0);
    bytes.writeUInt32LE(short[0], 20);
    bytes.writeUInt32LE(short[0], 24);
    bytes.writeUInt16LE(name.length, 28);
    bytes.writeUInt16LE(extra.length, 30);
    bytes.writeUInt32LE(short[1], 42);
    return Buffer.concat([bytes, Buffer.from(name), extra]);
  };
  const inZip64 = 0xffffffff;
  const lastPosition = 31 + far;
  const directory = Buffer.concat([
    listed('a', [far, far], [inZip64, 0]),
    listed('b', [lastPosition], [4, inZip64]),
  ]);
  const directoryPosition = lastPosition + 31 + 4;
  const end64 = Buffer.alloc(56);
  end64.writeUInt32LE(0x06064b50, 0);
  end64.writeBigUInt64LE(2n, 32);
  end64.writeBigUInt64LE(BigInt(directory.length), 40);
  end64.writeBigUInt64LE(BigInt(directoryPosition), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(directoryPosition + directory.length), 8);
  const end = Buffer.alloc(22, 0xff);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt32LE(0, 4);
  end.writeUInt16LE(0, 20);
  const descriptor = openSync(file, 'w');
  ftruncateSync(descriptor, far);
  writeSync(descriptor, head('a'), 0, 31, 0);
  const tail = Buffer.concat([head('b'), Buffer.from('last'), directory, end64, locator, end]);
  writeSync(descriptor, tail, 0, tail.length, lastPosition);
  closeSync(descriptor);
  withSource((source) => {
    const entries = readZip(source);
    expect(entries.get('a')).toMatchObject({ position: 31, bytes: far });
    const { position, bytes } = entries.get('b')!;
    expect(Buffer.from(source.read(position, bytes)).toString()).toBe('last');
  });
});
