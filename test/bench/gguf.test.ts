// Read back here by the format's own description: ggml's docs/gguf.md.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeGgufHeader } from '../../bench/gguf/header.ts';
import { encodeQ8, halfBits } from '../../bench/gguf/q8.ts';
import { ggufVocabulary } from '../../bench/gguf/vocabulary.ts';
import { halfToNumber } from '../../export/checkpoint/number-formats.ts';

test('a header says what the format demands, byte for byte, and ends where data may begin', () => {
  const header = encodeGgufHeader({ a: { kind: 'uint32', value: 7 } }, [
    { name: 'first', shape: [32, 2], type: 'q8_0' },
    { name: 'then', shape: [3], type: 'f32' },
  ]);
  let place = 0;
  const skip = (bytes: number) => {
    place += bytes;
    return place - bytes;
  };
  const uint32 = () => header.readUInt32LE(skip(4));
  const uint64 = () => Number(header.readBigUInt64LE(skip(8)));
  const string = (length = uint64()) => {
    const start = skip(length);
    return header.toString('utf8', start, place);
  };
  expect(string(4)).toBe('GGUF');
  expect([uint32(), uint64(), uint64()]).toEqual([3, 2, 1]); // version, tensors, entries
  expect([string(), uint32(), uint32()]).toEqual(['a', 4, 7]);
  expect([string(), uint32(), uint64(), uint64(), uint32(), uint64()]).toEqual(
    ['first', 2, 32, 2, 8, 0], // two blocks of 34 bytes
  );
  expect([string(), uint32(), uint64(), uint32(), uint64()]).toEqual(['then', 1, 3, 0, 96]);
  expect(header.length % 32).toBe(0);
  expect(header.subarray(place).every((byte) => byte === 0)).toBe(true);
});

test('eight-bit blocks give back every number within half a step of its block', () => {
  const numbers = fc.float({ min: -100, max: 100, noNaN: true });
  fc.assert(
    fc.property(fc.array(numbers, { minLength: 64, maxLength: 64 }), (values) => {
      const bytes = Buffer.from(encodeQ8(Float32Array.from(values)));
      expect(bytes.length).toBe(68);
      values.forEach((value, index) => {
        const block = 34 * Math.floor(index / 32);
        const largest = Math.max(
          ...values
            .slice(32 * Math.floor(index / 32))
            .slice(0, 32)
            .map(Math.abs),
        );
        const scale = halfToNumber(bytes.readUInt16LE(block));
        const found = scale * bytes.readInt8(block + 2 + (index % 32));
        // Half a step, and what the scale lost to its 16 bits: 2^-11 of it, or all under 2^-14.
        const slack = largest / 254 + largest * 2 ** -10 + (largest < 0.01 ? largest : 0);
        expect(Math.abs(found - value)).toBeLessThanOrEqual(slack);
      });
    }),
  );
});

test('a 16-bit float is the nearest one', () => {
  expect([1, 0.5, -2, 65504, 1 + 2 ** -11 + 2 ** -20].map(halfBits)).toEqual([
    0x3c00, 0x3800, 0xc000, 0x7bff, 0x3c01,
  ]);
});

test('the merges are as many as published, in their order, and each makes its token', () => {
  const { tokens, merges, special } = ggufVocabulary();
  expect(merges).toHaveLength(50_000);
  // The first lines of the published merges.txt.
  expect(merges.slice(0, 4)).toEqual(['Ġ t', 'Ġ a', 'h e', 'i n']);
  expect(tokens[special]).toBe('<|endoftext|>');
  merges.forEach((merge, index) => {
    expect(merge.replace(' ', '')).toBe(tokens[256 + index]);
  });
});
