import { expect, test } from 'vitest';
import { goodput, isGood } from '../../bench/load/goodput.ts';
import { gapsMs, tpotMs, ttftMs } from '../../src/load/stream.ts';

const limits = { ttftMs: 100, tpotMs: 20 };

const times = (chunkMs: readonly number[], generatedTokens = chunkMs.length) => {
  return { sentMs: 1000, chunkMs, endMs: 1900, generatedTokens, text: '' };
};

test('the first text, the gaps, and the time of each further token are told apart', () => {
  const stream = times([1090, 1100, 1130]);
  expect(ttftMs(stream)).toBe(90);
  expect(gapsMs(stream)).toEqual([10, 30]);
  expect(tpotMs(stream)).toBe(20);
});

test('tokens that come several in a chunk count each', () => {
  expect(tpotMs(times([1090, 1150], 7))).toBe(10);
});

test('a stream without any text has had its first token when it ended', () => {
  expect(ttftMs(times([], 1))).toBe(900);
  expect(tpotMs(times([], 1))).toBeNaN();
});

test('a request is good at both limits, and bad beyond either', () => {
  expect(isGood(times([1100, 1120]), limits)).toBe(true);
  expect(isGood(times([1101, 1120]), limits)).toBe(false);
  expect(isGood(times([1100, 1121]), limits)).toBe(false);
});

test('one token has no further one to wait for; a refused request is not good', () => {
  expect(isGood(times([1050]), limits)).toBe(true);
  expect(isGood(null, limits)).toBe(false);
});

test('goodput counts the good ones of those that arrived', () => {
  const requests = [times([1050, 1060]), times([1500, 1510]), null, times([1100])];
  expect(goodput(requests, limits, 4)).toBe(0.5);
});
