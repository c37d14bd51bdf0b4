import { expect, test } from 'vitest';
import { chunkLength, longestChunk } from '../../src/scheduler/chunks.ts';

function chunks(promptLength: number, chunkTokens: number, mostTokens = chunkTokens): number[] {
  const lengths: number[] = [];
  for (let start = 0; start < promptLength; start += lengths.at(-1)!) {
    lengths.push(chunkLength(promptLength, start, chunkTokens, mostTokens));
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

test('the last chunk may be twice as long as the others, where steps have more', () => {
  expect(chunks(24, 4, 9)).toEqual([4, 4, 4, 4, 8]);
  expect(chunks(19, 4, 6)).toEqual([4, 4, 4, 7]);
  expect(chunks(20, 4, 6)).toEqual([4, 4, 4, 4, 4]);
});

test.each([0, 1, 7, 50])('every chunk has two tokens or more, with room for %i more', (room) => {
  for (let chunkTokens = 2; chunkTokens <= 20; chunkTokens += 1) {
    for (let promptLength = 2; promptLength <= 100; promptLength += 1) {
      const lengths = chunks(promptLength, chunkTokens, chunkTokens + room);
      expect(Math.min(...lengths)).toBeGreaterThanOrEqual(2);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(longestChunk(chunkTokens + room));
      expect(lengths.reduce((sum, length) => sum + length)).toBe(promptLength);
    }
  }
});
