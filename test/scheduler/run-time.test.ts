import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RunTime } from '../../src/scheduler/run-time.ts';

/** A run time told of steps of these lengths, which take what `msOf` says. */
function learned(lengths: readonly number[], msOf: (length: number) => number): RunTime {
  const runTime = new RunTime();
  for (const length of lengths) runTime.note(length, msOf(length));
  return runTime;
}

const mixed = Array.from({ length: 40 }, (_, index) => [16, 64, 256, 128, 30][index % 5]!);

test('from steps of several lengths it learns what a run and a token cost', () => {
  const runTime = learned(mixed, (length) => 30 + 2 * length);
  for (const length of [16, 100, 256]) {
    expect(runTime.msOf(length) / (30 + 2 * length)).toBeCloseTo(1, 1);
  }
  expect(runTime.tokensPerRun).toBeGreaterThan(12);
  expect(runTime.tokensPerRun).toBeLessThan(18);
  expect(runTime.tokensWithin(runTime.msOf(77))).toBeCloseTo(77, 6);
});

test('steps of one length are foretold, and others by what processors are like', () => {
  const runTime = learned(new Array(30).fill(64), () => 160);
  expect(runTime.msOf(64)).toBeCloseTo(160, 6);
  expect(runTime.msOf(128)).toBeCloseTo(160 + 64 * 2, 6);
});

test('a step that took much longer than others is an exception', () => {
  const runTime = learned(mixed, (length) => 30 + 2 * length);
  const before = runTime.msOf(64);
  runTime.note(64, 100_000);
  expect(runTime.msOf(64)).toBeLessThan(2 * before);
});

test('a machine that has become slower is noticed', () => {
  const runTime = learned(mixed, (length) => 30 + 2 * length);
  for (const length of mixed) runTime.note(length, 300 + 20 * length);
  expect(runTime.msOf(64) / (300 + 20 * 64)).toBeCloseTo(1, 1);
});

test('no time at all says nothing', () => {
  const runTime = learned([64, 64], () => 0);
  expect(runTime.isKnown).toBe(false);
  expect(runTime.tokensPerRun).toBeGreaterThan(0);
});

test('times that no clock gives say nothing', () => {
  const runTime = learned(mixed, (length) => 30 + 2 * length);
  const before = [runTime.msOf(16), runTime.msOf(256)];
  for (const ms of [Number.NaN, Number.POSITIVE_INFINITY, -1, 5e-324, 1e308, 3_600_001]) {
    runTime.note(64, ms);
  }
  expect([runTime.msOf(16), runTime.msOf(256)]).toEqual(before);
});

test('whatever it is told, time is positive and grows with the tokens', () => {
  const step = fc.record({
    tokens: fc.integer({ min: 1, max: 65536 }),
    ms: fc.oneof(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), fc.constantFrom(0, 1e-3, 1e6)),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 60 }), (steps) => {
      const runTime = new RunTime();
      for (const { tokens, ms } of steps) runTime.note(tokens, ms);
      fc.pre(runTime.isKnown);
      expect(runTime.msOf(1)).toBeGreaterThan(0);
      expect(runTime.msOf(1000)).toBeGreaterThan(runTime.msOf(10));
      expect(runTime.tokensPerRun).toBeGreaterThanOrEqual(0);
      expect(runTime.tokensPerRun).toBeLessThanOrEqual(64 + 1e-6);
    }),
  );
});
