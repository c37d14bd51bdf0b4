import fc from 'fast-check';
import { expect, test } from 'vitest';
import { blockAlignment, layOut } from '../../src/model/block-layout.ts';

const sizes = fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 12 });

test('arrays in a block are aligned, in order, do not overlap, and all lie inside', () => {
  fc.assert(
    fc.property(sizes, (bytes) => {
      const { offsets, byteLength } = layOut(bytes);
      offsets.forEach((offset, index) => {
        expect(offset % blockAlignment).toBe(0);
        expect(offset + bytes[index]!).toBeLessThanOrEqual(offsets[index + 1] ?? byteLength);
      });
      expect(offsets).toHaveLength(bytes.length);
    }),
  );
});

test('a block for the largest arrays has room for any smaller ones', () => {
  fc.assert(
    fc.property(
      sizes,
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
      (most, shares) => {
        const fewer = most.map((bytes) => Math.floor(bytes * shares.next().value!));
        expect(layOut(fewer).byteLength).toBeLessThanOrEqual(layOut(most).byteLength);
      },
    ),
  );
});
