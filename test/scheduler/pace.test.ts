// The pacing on a simulated processor, whose steps take what a formula and some noise say.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RowCache } from '../../src/kv/row-cache.ts';
import { RowPool } from '../../src/kv/rows.ts';
import { freeDraw } from '../../src/sampling/parameters.ts';
import { Pace } from '../../src/scheduler/pace.ts';
import type { Plan } from '../../src/scheduler/plan.ts';
import { Scheduler } from '../../src/scheduler/scheduler.ts';
import { unsaid } from '../../src/scheduler/sequence.ts';

/** GPT-2 124M in fp32 on two cores, in milliseconds. */
const prefillMs = (tokenCount: number) => 20 + 1.1 * tokenCount;
const decodeMs = (rowCount: number) => 19 + 2 * rowCount;

function paceOf(noise: () => number = () => 1, mostTokens = 256): Pace {
  const pace = new Pace(mostTokens);
  for (let step = 0; step < 40; step += 1) {
    const tokenCount = pace.budget(1 + (step % 3) * 20, step % 2 === 0).tokens;
    pace.notePrefill(tokenCount, prefillMs(tokenCount) * noise());
    pace.noteDecode(60 * noise());
  }
  return pace;
}

describe('the budget of a prefill step', () => {
  test('is the largest while nothing is known', () => {
    expect(new Pace(256).budget(3, true).tokens).toBe(256);
    const pace = new Pace(256);
    pace.notePrefill(256, 0);
    pace.noteDecode(0);
    expect(pace.budget(3, true).tokens).toBe(256);
  });

  test('takes as long as a decode step, where one prompt is to begin', () => {
    const { tokens } = paceOf().budget(1, true);
    expect(prefillMs(tokens)).toBeGreaterThan(50);
    expect(prefillMs(tokens)).toBeLessThan(65);
  });

  test('takes as many times as long as there are prompts, and a quarter of a second at most', () => {
    const pace = paceOf();
    expect(prefillMs(pace.budget(3, true).tokens) / 180).toBeCloseTo(1, 1);
    expect(prefillMs(pace.budget(31, true).tokens) / 250).toBeCloseTo(1, 1);
    expect(prefillMs(pace.budget(1, false).tokens) / 250).toBeCloseTo(1, 1);
  });

  test('is no smaller than what is worth a run, and no larger than allowed', () => {
    const slow = new Pace(64);
    for (let step = 0; step < 9; step += 1) {
      slow.notePrefill(16, 5000);
      slow.noteDecode(3000);
    }
    expect(slow.budget(1, true).tokens).toBe(16);
    expect(paceOf(undefined, 64).budget(1, false).tokens).toBe(64);
    expect(paceOf(undefined, 5).budget(1, true).tokens).toBe(5);
  });

  test('is about right where no two steps take the same time', () => {
    const noises = fc.array(fc.double({ min: 0.8, max: 1.25, noNaN: true }), { minLength: 7 });
    fc.assert(
      fc.property(noises, (noise) => {
        let step = 0;
        const { tokens } = paceOf(() => noise[step++ % noise.length]!).budget(1, true);
        expect(prefillMs(tokens)).toBeGreaterThan(60 / 2);
        expect(prefillMs(tokens)).toBeLessThan(60 * 2);
      }),
    );
  });

  test('stays within its limits on a noisy machine', () => {
    const noises = fc.array(
      fc.oneof(
        { weight: 9, arbitrary: fc.double({ min: 0.8, max: 1.5, noNaN: true }) },
        { weight: 1, arbitrary: fc.constant(20) },
      ),
      { minLength: 7, maxLength: 50 },
    );
    fc.assert(
      fc.property(noises, (noise) => {
        let step = 0;
        const { tokens } = paceOf(() => noise[step++ % noise.length]!).budget(1, true);
        expect(tokens).toBeGreaterThanOrEqual(16);
        expect(tokens).toBeLessThanOrEqual(256);
      }),
    );
  });
});

/** A server on the simulated processor. */
function start(rowCount: number) {
  const rows = new RowPool({ rowCount, contextLength: 2000, rowBytes: 1 });
  const scheduler = new Scheduler({
    cache: new RowCache(rows, false),
    maxRunning: rowCount,
    chunkTokens: 256,
  });
  let nextId = 0;
  let nowMs = 0;
  const tokenTimes = new Map<number, number[]>(); // milliseconds, by id
  const submit = (length: number, maxTokens: number): number => {
    const id = nextId++;
    const promptIds = new Int32Array(length).fill(id);
    const asked = { id, promptIds, maxTokens, stopIds: [], sampling: freeDraw };
    scheduler.submit({ ...asked, ...unsaid });
    tokenTimes.set(id, []);
    return id;
  };
  const step = (): Plan | null => {
    const plan = scheduler.plan();
    if (plan === null) return null;
    const ms =
      plan.kind === 'prefill'
        ? prefillMs(plan.chunks.length * plan.width)
        : decodeMs(plan.kind === 'decode' ? plan.rowCount : 1);
    nowMs += ms;
    scheduler.commit(plan, new Int32Array(rowCount).fill(7), undefined, ms);
    scheduler.checkIntegrity();
    for (const id of scheduler.outcome.ids.subarray(0, scheduler.outcome.count)) {
      tokenTimes.get(id)!.push(nowMs);
    }
    scheduler.outcome.clear();
    return plan;
  };
  const runUntilStarted = (ids: readonly number[]) => {
    while (ids.some((id) => tokenTimes.get(id)!.length === 0)) step();
    return nowMs;
  };
  return { submit, step, runUntilStarted, tokenTimes, now: () => nowMs };
}

test.each([24, 31])('%i texts keep half their pace while a long prompt begins', (textCount) => {
  const { submit, step, runUntilStarted, tokenTimes, now } = start(32);
  const texts = Array.from({ length: textCount }, () => submit(64, 900));
  runUntilStarted(texts);
  for (let count = 0; count < 200; count += 1) step();
  const begun = now();
  const long = submit(1000, 5);
  runUntilStarted([long]);
  const times = tokenTimes.get(texts[0]!)!.filter((ms) => ms >= begun - 1e-9);
  const gaps = times.slice(1).map((ms, index) => ms - times[index]!);
  expect(gaps.length).toBeGreaterThan(9);
  expect(Math.max(...gaps)).toBeLessThan(2.1 * decodeMs(textCount));
  expect(now() - begun, 'and the prompt gets half the time').toBeLessThan(3 * prefillMs(1000));
});

test('a burst of short prompts begins in little more than its prefill takes', () => {
  const { submit, runUntilStarted, now } = start(32);
  runUntilStarted([submit(250, 1)]);
  const begun = now();
  const burst = Array.from({ length: 32 }, () => submit(64, 500));
  expect(runUntilStarted(burst) - begun).toBeLessThan(1.5 * prefillMs(32 * 64));
});

test('one text among many prompts goes on, and every prompt gets its turn', () => {
  const { submit, step, runUntilStarted, tokenTimes } = start(8);
  const text = submit(64, 500);
  runUntilStarted([text]);
  const prompts = Array.from({ length: 30 }, (_, index) => submit(20 + 37 * (index % 9), 20));
  while (prompts.some((id) => tokenTimes.get(id)!.length < 20)) step();
  const times = tokenTimes.get(text)!;
  const gaps = times.slice(1).map((ms, index) => ms - times[index]!);
  expect(Math.max(...gaps)).toBeLessThan(250 * 1.1 + decodeMs(8));
});
