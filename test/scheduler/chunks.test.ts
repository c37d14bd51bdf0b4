import { expect, test } from 'vitest';
import { chunkLength, longestChunk } from '../../src/scheduler/chunks.ts';

function chunks(promptLength: number, chunkTokens: number): number[] {
  const lengths: number[] = [];
  for (let start = 0; start < promptLength; start += lengths.at(-1)!) {
    lengths.push(chunkLength(promptLength, start, chunkTokens));
  }
  return lengths;
}

test('a prompt is cut into whole chunks, and a leftover of one token joins the last', () => {
  expect(chunks(1, 4)).toEqual([1]);
  expect(chunks(4, 4)).toEqual([4]);
  expect(chunks(5, 4)).toEqual([5]);
  expect(chunks(6, 4)).toEqual([4, 2]);
  expect(chunks(9, 4)).toEqual([4, 5]);
  expect(chunks(5, 2)).toEqual([2, 3]);
});

test('every chunk has two tokens or more, whatever the prompt and the chunk size', () => {
  for (let chunkTokens = 2; chunkTokens <= 20; chunkTokens += 1) {
    for (let promptLength = 2; promptLength <= 100; promptLength += 1) {
      const lengths = chunks(promptLength, chunkTokens);
      expect(Math.min(...lengths)).toBeGreaterThanOrEqual(2);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(longestChunk(chunkTokens));
      expect(lengths.reduce((sum, length) => sum + length)).toBe(promptLength);
    }
  }
});
