import { describe, expect, test } from 'vitest';
import { philox } from '../../src/sampling/philox.ts';
import { uniform } from './uniform.ts';

const hex = (words: Iterable<number>) =>
  Array.from(words, (word) => word.toString(16).padStart(8, '0')).join(' ');

describe('philox gives the known answers of Random123', () => {
  // Its file kat_vectors, the lines "philox4x32 10".
  test.each([
    {
      counter: [0, 0, 0, 0],
      key: [0, 0],
      answer: '6627e8d5 e169c58d bc57ac4c 9b00dbd8',
    },
    {
      counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
      key: [0xffffffff, 0xffffffff],
      answer: '408f276d 41c83b0e a20bc7c6 6d5451fd',
    },
    {
      counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      key: [0xa4093822, 0x299f31d0],
      answer: 'd16cfe09 94fdcceb 5001e420 24126ea1',
    },
  ])('$answer', ({ counter, key, answer }) => {
    const output = new Uint32Array(4);
    philox(Uint32Array.from(counter), key[0]!, key[1]!, output);
    expect(hex(output)).toBe(answer);
    const inPlace = Uint32Array.from(counter);
    philox(inPlace, key[0]!, key[1]!, inPlace);
    expect(hex(inPlace)).toBe(answer);
  });

  test('and agrees with the same rounds in whole numbers of any size', () => {
    let state = 1;
    const next = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state;
    };
    for (let run = 0; run < 200; run += 1) {
      const counter = Uint32Array.from({ length: 4 }, next);
      const [low, high] = [next(), next()];
      const output = new Uint32Array(4);
      philox(counter, low, high, output);
      expect(hex(output)).toBe(hex(philoxInBigInts([...counter], low, high)));
    }
  });
});

function philoxInBigInts(counter: number[], low: number, high: number): number[] {
  let [a, b, c, d] = counter.map(BigInt) as [bigint, bigint, bigint, bigint];
  const word = (x: bigint) => BigInt.asUintN(32, x);
  for (let round = 0n; round < 10n; round += 1n) {
    const keyA = word(BigInt(low) + round * 0x9e3779b9n);
    const keyB = word(BigInt(high) + round * 0xbb67ae85n);
    const productA = a * 0xd2511f53n;
    const productC = c * 0xcd9e8d57n;
    a = (productC >> 32n) ^ b ^ keyA;
    b = word(productC);
    c = (productA >> 32n) ^ d ^ keyB;
    d = word(productA);
  }
  return [a, b, c, d].map(Number);
}

describe('the uniform number of a token', () => {
  test('is the first 53 bits of its block', () => {
    expect(uniform(0, 0, 0, 0)).toBe(
      Number((0x6627e8d5n >> 5n) * 2n ** 26n + (0xe169c58dn >> 6n)) / 2 ** 53,
    );
  });

  test('is always the same, and another one for any other seed, sample or token', () => {
    const seen = new Set<number>();
    for (let word = 0; word < 4; word += 1) {
      for (let value = 1; value < 500; value += 1) {
        const place = [0, 0, 0, 0] as [number, number, number, number];
        place[word] = value * 7919;
        expect(uniform(...place)).toBe(uniform(...place));
        seen.add(uniform(...place));
      }
    }
    expect(seen.size).toBe(4 * 499);
  });

  test('falls evenly into [0, 1)', () => {
    const bins = new Array<number>(100).fill(0);
    for (let token = 0; token < 100_000; token += 1) {
      const bin = Math.floor(uniform(3, 4, 0, token) * 100);
      bins[bin] = bins[bin]! + 1;
    }
    expect(bins).toHaveLength(100);
    const chiSquare = bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    expect(chiSquare).toBeLessThan(149); // 99 degrees of freedom: exceeded once in 1,000 seeds
  });
});
