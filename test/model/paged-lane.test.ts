// What attention over blocks is told to size its work by.

import { expect, test } from 'vitest';
import { writeMetadata } from '../../src/model/paged/paged-lane.ts';

const told = (replayLength: number | null) => {
  const into = new Int32Array(3);
  writeMetadata(into, Int32Array.of(7, 600), replayLength);
  return [...into];
};

test('is the most tokens of a sequence, and the longest length as both of its bounds', () => {
  expect(told(null)).toEqual([7, 600, 600]);
});

test('holds for every length where a step is captured, to be replayed for other ones', () => {
  expect(told(1024)).toEqual([7, 1024, 0]);
});
