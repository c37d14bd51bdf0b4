// The rule for the length of drafts, in worlds where the cost of a run and the fate of each draft are
// known: time is counted in ordinary steps.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { DraftLength } from '../../src/speculation/draft-length.ts';
import { mostCost } from '../../src/speculation/step-cost.ts';

const stepMs = 20;

interface Course {
  /** Of ordinary steps. */
  readonly time: number;
  readonly tokens: number;
  readonly longest: number;
  /** The most that a run took beyond an ordinary step. */
  readonly dearest: number;
}

/** Generates a text; `fate` says how much of a draft would be accepted, at each chance to draft. */
function run(
  length: DraftLength,
  perToken: number,
  fates: readonly { readonly matchLength: number; readonly accepted: number }[],
  fixed = 0,
): Course {
  let time = 0;
  let tokens = 0;
  let longest = 0;
  let dearest = 0;
  for (const { matchLength, accepted } of fates) {
    const count = matchLength === 0 ? 0 : length.choose(matchLength, 16);
    longest = Math.max(longest, count);
    if (count === 0) {
      length.ordinary(stepMs);
      time += 1;
      tokens += 1;
      continue;
    }
    const cost = Math.min(1 + fixed + perToken * count, mostCost);
    dearest = Math.max(dearest, cost - 1);
    const acceptedCount = Math.min(count, accepted);
    length.checked(matchLength, count, acceptedCount, cost * stepMs);
    time += cost;
    tokens += acceptedCount + 1;
  }
  return { time, tokens, longest, dearest };
}

const fate = fc.record({
  matchLength: fc.constantFrom(0, 2, 3, 5, 8),
  accepted: fc.oneof(fc.constant(0), fc.nat(16)),
});
const fates = fc.array(fate, { minLength: 1, maxLength: 400 });

test('whatever becomes of drafts, a text is slower by no more than the budget', () => {
  fc.assert(
    fc.property(fates, fc.double({ min: 0, max: 0.1, noNaN: true }), (course, perToken) => {
      const { time, tokens } = run(new DraftLength(), perToken, course);
      expect(time).toBeLessThanOrEqual(tokens + 0.25 + 0.02 * course.length + 1e-9);
    }),
    { numRuns: 500 },
  );
});

test('whatever runs cost, it is slower by no more than that and the debt of one run', () => {
  const failing = fc
    .tuple(fc.constantFrom(2, 3, 5, 8), fc.integer({ min: 1, max: 3000 }))
    .map(([matchLength, stepCount]) => new Array(stepCount).fill({ matchLength, accepted: 0 }));
  const fixed = fc.double({ min: 0, max: 7, noNaN: true });
  const perToken = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 3, noNaN: true }));
  fc.assert(
    fc.property(fc.oneof(fates, failing), fixed, perToken, (course, ofRun, ofToken) => {
      const { time, tokens, dearest } = run(new DraftLength(), ofToken, course, ofRun);
      expect(time - tokens).toBeLessThanOrEqual(0.25 + 0.02 * course.length + dearest + 1e-9);
    }),
    { numRuns: 300 },
  );
});

test('a run that stalls is paid for, and as no more than eight ordinary steps', () => {
  const [stalled, dear] = [new DraftLength(), new DraftLength()];
  for (const [length, cost] of [
    [stalled, 1000],
    [dear, mostCost],
  ] as const) {
    length.ordinary(stepMs);
    length.checked(8, 1, 0, cost * stepMs);
    // 7 steps of debt, earned by 0.02 a step.
    for (let step = 0; step < 330; step += 1) {
      expect(length.choose(8, 16)).toBe(0);
      length.ordinary(stepMs);
    }
    for (let step = 0; step < 40; step += 1) length.ordinary(stepMs);
    expect(length.choose(8, 16)).toBeGreaterThan(0);
  }
});

test('times that no clock gives change nothing', () => {
  const course = new Array(30).fill({ matchLength: 8, accepted: 2 });
  const [told, untold] = [new DraftLength(), new DraftLength()];
  for (const length of [told, untold]) run(length, 0.1, course);
  for (const ms of [Number.NaN, Number.POSITIVE_INFINITY, -1, 1e-300, 1e300, 3_600_001]) {
    told.ordinary(ms);
    told.checked(8, 3, 1, ms);
    untold.ordinary(0);
    untold.checked(8, 3, 1, 0);
    expect(run(told, 0.1, course)).toEqual(run(untold, 0.1, course));
  }
});

test('a text whose drafts are never accepted is slower by less than 3 %, whatever they match', () => {
  fc.assert(
    fc.property(fc.constantFrom(2, 3, 5, 8), (matchLength) => {
      const course = Array.from({ length: 128 }, () => ({ matchLength, accepted: 0 }));
      const { time, tokens } = run(new DraftLength(), 0.1, course);
      expect(tokens).toBe(128);
      expect(time).toBeGreaterThan(128);
      expect(time).toBeLessThan(1.03 * 128);
    }),
  );
});

test('where runs cost much more than was thought at first, it is learned at little expense', () => {
  fc.assert(
    fc.property(fates, fc.double({ min: 0.1, max: 0.4, noNaN: true }), (course, perToken) => {
      const length = new DraftLength();
      for (let step = 0; step < 10; step += 1) length.ordinary(stepMs);
      const { time, tokens } = run(length, perToken, course);
      expect(time).toBeLessThanOrEqual(tokens + 8 + 0.02 * course.length);
    }),
    { numRuns: 500 },
  );
});

test('a text that repeats itself gets the longest drafts soon, and several times the speed', () => {
  const course = Array.from({ length: 60 }, () => ({ matchLength: 8, accepted: 16 }));
  const { time, tokens, longest } = run(new DraftLength(), 0.1, course);
  expect(longest).toBe(16);
  expect(tokens / time).toBeGreaterThan(5);
});

test('drafts get short where only their first token is ever right, and pay all the same', () => {
  const length = new DraftLength();
  const course = Array.from({ length: 100 }, () => ({ matchLength: 3, accepted: 1 }));
  const before = run(length, 0.1, course.slice(0, 50));
  const after = run(length, 0.1, course.slice(50));
  expect(before.time).toBeLessThan(before.tokens);
  expect(after.longest).toBeLessThanOrEqual(3);
  expect(after.tokens / after.time).toBeGreaterThan(1.4);
});

test('a text that begins to repeat itself after a long time without is noticed', () => {
  const length = new DraftLength();
  run(length, 0.1, new Array(300).fill({ matchLength: 2, accepted: 0 }));
  const { time, tokens } = run(length, 0.1, new Array(60).fill({ matchLength: 2, accepted: 16 }));
  expect(tokens / time).toBeGreaterThan(2);
});

test('one stalled run does not silence drafts', () => {
  const length = new DraftLength();
  for (let step = 0; step < 20; step += 1) length.ordinary(stepMs);
  const repeating = new Array(20).fill({ matchLength: 8, accepted: 16 });
  run(length, 0.1, repeating);
  length.checked(8, 16, 16, 100 * stepMs);
  const { time, tokens } = run(length, 0.1, repeating);
  expect(tokens / time).toBeGreaterThan(4);
});

test('a machine that was busy once does not silence drafts for good', () => {
  const length = new DraftLength();
  for (let step = 0; step < 20; step += 1) length.ordinary(stepMs);
  for (let step = 0; step < 200; step += 1) {
    const count = length.choose(8, 16);
    if (count > 0) length.checked(8, count, count, 15 * stepMs);
    else length.ordinary(stepMs);
  }
  length.clear();
  for (let step = 0; step < 400; step += 1) length.ordinary(stepMs);
  const { time, tokens } = run(length, 0.1, new Array(30).fill({ matchLength: 8, accepted: 16 }));
  expect(tokens / time).toBeGreaterThan(4);
});

test('without a clock it goes by what is expected, and a limit holds', () => {
  const length = new DraftLength();
  for (let step = 0; step < 30; step += 1) length.ordinary(0);
  for (let step = 0; step < 5; step += 1) {
    const count = length.choose(8, 16);
    expect(count).toBeGreaterThan(0);
    length.checked(8, count, count, 0);
  }
  expect(length.choose(8, 16)).toBe(16);
  expect(length.choose(8, 5)).toBe(5);
  expect(length.choose(8, 0)).toBe(0);
});
