// Checksums and compression of TensorFlow's tables, beside their plain definitions.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { crc32c, masked } from '../../export/checkpoint/tensorflow/crc32c.ts';
import { decompress } from '../../export/checkpoint/tensorflow/snappy.ts';
import { slowCrc32c } from '../reference/crc32c.ts';
import { plainSnappy, type SnappyElement } from '../reference/snappy.ts';

// RFC 3720, appendix B.4
test.each([
  ['32 zeros', new Uint8Array(32), 0x8a9136aa],
  ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['rising', Uint8Array.from({ length: 32 }, (_, at) => at), 0x46dd794e],
  ['falling', Uint8Array.from({ length: 32 }, (_, at) => 31 - at), 0x113fdb5c],
  ['nothing', new Uint8Array(0), 0],
])('the CRC-32C of %s is the published one', (_, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected);
});

test('the CRC-32C of any bytes, cut anywhere, is the plain one', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, cut) => {
      const expected = slowCrc32c(bytes);
      expect(crc32c(bytes)).toBe(expected);
      expect(crc32c(bytes.subarray(cut), crc32c(bytes.subarray(0, cut)))).toBe(expected);
    }),
  );
});

test("a checksum is masked as LevelDB's own test says", () => {
  const crc = crc32c(new TextEncoder().encode('foo'));
  expect(masked(crc)).not.toBe(crc);
  expect(masked(0)).toBe(0xa282ead8);
  expect(masked(0x00008000)).toBe((1 + 0xa282ead8) >>> 0);
});

const literal = fc.uint8Array({ minLength: 1, maxLength: 300 }).map((literal) => ({ literal }));

/** Copies reach back into what is there: the distance is a share of it. */
const copy = fc.record({
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  bytes: fc.constantFrom(1 as const, 2 as const, 4 as const),
  length: fc.integer({ min: 4, max: 64 }),
});

const elements = fc
  .tuple(literal, fc.array(fc.oneof(literal, copy), { maxLength: 12 }))
  .map(([first, rest]) => {
    let written = first.literal.length;
    const made: SnappyElement[] = [first];
    for (const next of rest) {
      if ('literal' in next) made.push(next);
      else {
        const length = next.bytes === 1 ? 4 + (next.length % 8) : next.length;
        const most = Math.min(written, next.bytes === 1 ? 2047 : 65535);
        made.push({ offset: 1 + Math.floor(next.share * (most - 1)), length, bytes: next.bytes });
      }
      const last = made.at(-1)!;
      written += 'literal' in last ? last.literal.length : last.length;
    }
    return made;
  });

test('whatever literals and copies a block is made of, it decompresses to what they stand for', () => {
  fc.assert(
    fc.property(elements, (made) => {
      const { block, content } = plainSnappy(made);
      expect(decompress(block)).toEqual(content);
    }),
    { numRuns: 500 },
  );
});

test('whatever happens to a block, it gives what it says it gives or is refused', () => {
  const edits = fc.array(fc.tuple(fc.nat(400), fc.integer({ min: 0, max: 255 })), { maxLength: 4 });
  fc.assert(
    fc.property(elements, edits, fc.nat(20), (made, changes, cut) => {
      const { block } = plainSnappy(made);
      for (const [at, byte] of changes) if (at < block.length) block[at] = byte;
      const found = decompress(block.subarray(0, block.length - cut));
      if (found !== null) expect(found.length).toBeLessThanOrEqual((block.length * 64) / 3);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['nothing', []],
  ['a length without end', [0x80, 0x80, 0x80, 0x80, 0x80, 0x01]],
  ['a length of gigabytes', [0xff, 0xff, 0xff, 0xff, 0x0f, 0]],
  ['a literal beyond the end', [4, 12, 1, 2]],
  ['a literal whose length is beyond the end', [4, 61 << 2, 1]],
  ['a copy from before the start', [8, 0, 7, 0x01 | (3 << 2), 2]],
  ['a copy from no distance', [5, 0, 7, 0x01, 0]],
  ['less than it says', [2, 0, 7]],
  ['more than it says', [1, 4, 7, 8]],
])('a Snappy block of %s is refused', (_, bytes) => {
  expect(decompress(Uint8Array.from(bytes))).toBeNull();
});
