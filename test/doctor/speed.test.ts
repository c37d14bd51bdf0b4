import { expect, test } from 'vitest';
import { publishedSizes } from '../../models/gpt2/config.ts';
import { decodeBytes, time } from '../../src/doctor/speed.ts';
import { decodeLines, promptLines } from '../../src/doctor/speed-table.ts';

const timing = (ms: number) => ({ ms, leastMs: ms, mostMs: ms, firstMs: 2 * ms, rounds: 9 });

function clockOf(durations: readonly number[]) {
  let ms = 0;
  let round = 0;
  return {
    now: () => ms,
    run: () => {
      ms += durations[Math.min(round++, durations.length - 1)]!;
    },
    get rounds() {
      return round;
    },
  };
}

test('the middle of the rounds counts, and none of those before them', () => {
  const clock = clockOf([50, 9, 1, 3, 2, 5, 4]);
  const patience = { rounds: 5, mostMs: 1000, warmUps: 2 };
  expect(time(clock.run, clock.now, patience)).toEqual({
    ms: 3,
    leastMs: 1,
    mostMs: 5,
    firstMs: 50,
    rounds: 5,
  });
});

test('a slow step is timed fewer times, and once at least', () => {
  const clock = clockOf([600]);
  const found = time(clock.run, clock.now, { rounds: 40, mostMs: 1000, warmUps: 8 });
  expect([found.ms, found.rounds, clock.rounds]).toEqual([600, 2, 4]);
});

test('a step reads its matrices, the head, and what its rows have cached', () => {
  const config = publishedSizes['124M'];
  const weights = (12 * 12 * 768 * 768 + 768 * 50257) * 2;
  const row = 65 * 2 * 12 * 768 * 2;
  expect(decodeBytes(config, 2, { batch: 1, past: 64 })).toBe(weights + row);
  expect(decodeBytes(config, 2, { batch: 32, past: 64 })).toBe(weights + 32 * row);
});

test('the table of steps has a line for each, with its bound and what stands beside', () => {
  const rows = [
    { batch: 1, past: 64, timing: timing(0.5), beside: timing(1.75), boundMs: 0.1 },
    { batch: 256, past: 512, timing: timing(3.16), beside: null, boundMs: null },
  ];
  expect(decodeLines(rows, 'plain')).toEqual([
    'batch  past  step ms  tokens/s  plain ms  bound ms  x bound',
    '    1    64    0.500     2,000     1.750     0.100      5.0',
    '  256   512    3.160    81,013                             ',
  ]);
});

test('the table of prompts says how many tokens were asked about', () => {
  const rows = [
    { prompts: 8, tokens: 64, isScored: false, timing: timing(1.37) },
    { prompts: 1, tokens: 512, isScored: true, timing: timing(12.5) },
  ];
  expect(promptLines(rows)).toEqual([
    'prompts  tokens  asked     ms  tokens/s  first ms',
    '      8      64   last  1.370   373,723     2.740',
    '      1     512   each   12.5    40,960      25.0',
  ]);
});
