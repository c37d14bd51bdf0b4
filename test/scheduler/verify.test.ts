// Several tokens of one sequence in a step: when, how far, and what is booked.

import { expect, test } from 'vitest';
import { RowCache } from '../../src/kv/row-cache.ts';
import { RowPool } from '../../src/kv/rows.ts';
import { freeDraw } from '../../src/sampling/parameters.ts';
import {
  failedPick,
  noAnswers,
  type Plan,
  type StepAnswers,
  type VerifyPlan,
} from '../../src/scheduler/plan.ts';
import { Scheduler } from '../../src/scheduler/scheduler.ts';
import { type SequenceRequest, unsaid } from '../../src/scheduler/sequence.ts';
import { takeNews } from './news.ts';

/** Drafts 20, 21, 22, ...; as many as the test says, and no more than it is asked for. */
function start({ draftCount = 4, maxRunning = 8, rowCount = 4 } = {}) {
  const rows = new RowPool({ rowCount, contextLength: 50, rowBytes: 1 });
  const told: string[] = [];
  const drafter = {
    draft: Int32Array.from({ length: 10 }, (_, index) => 20 + index),
    draftFor: (_: unknown, limit: number) => Math.min(limit, draftCount),
    stepped: (_: unknown, ms: number) => told.push(`stepped in ${ms}`),
    checked: (drafted: number, accepted: number, ms: number) =>
      told.push(`${accepted} of ${drafted} in ${ms}`),
  };
  const cache = new RowCache(rows, false);
  const scheduler = new Scheduler({ cache, maxRunning, chunkTokens: 8, drafter });
  const submit = (id: number, maxTokens = 9, further: Partial<SequenceRequest> = {}) =>
    scheduler.submit({
      id,
      promptIds: Int32Array.of(1, 2, 3),
      maxTokens,
      stopIds: [],
      sampling: freeDraw,
      ...unsaid,
      ...further,
    });
  const step = (...picks: number[]) => {
    const plan = scheduler.plan()!;
    scheduler.commit(plan, Int32Array.from(picks), answersTo(plan, picks), 5);
    scheduler.checkIntegrity();
    return plan;
  };
  const news = () => takeNews(scheduler.outcome);
  return { scheduler, rows, told, submit, step, news };
}

/** The first of the picks that are as drafted are accepted. */
function answersTo(plan: Plan, picks: readonly number[]): StepAnswers {
  if (plan.kind !== 'verify') return noAnswers;
  const drafted = plan.tokens.subarray(1, plan.tokenCount);
  const rejected = picks.findIndex((pick, index) => pick !== drafted[index]);
  const acceptedCount = rejected === -1 ? picks.length : rejected;
  return { ...noAnswers, draftPickCount: picks.length, acceptedCount };
}

function drafted(plan: { readonly kind: string }): number[] {
  expect(plan.kind).toBe('verify');
  const { tokens, tokenCount } = plan as VerifyPlan;
  return [...tokens.subarray(0, tokenCount)];
}

test('a step carries the last token and a draft, and books what was drawn', () => {
  const { rows, submit, step, news, told } = start();
  submit(1);
  step(7);
  news();
  const plan = step(20, 21, 9) as VerifyPlan;
  expect(drafted(plan)).toEqual([7, 20, 21, 22, 23]);
  expect(plan.start).toBe(3);
  expect(news()).toEqual([
    [1, 20, null],
    [1, 21, null],
    [1, 9, null],
  ]);
  expect(rows.tokenCount(plan.row), 'the newest token is not in the cache').toBe(3 + 3);
  expect(told).toEqual(['2 of 4 in 5']);
  expect(drafted(step(8))).toEqual([9, 20, 21, 22, 23]);
  expect(rows.tokenCount(plan.row)).toBe(3 + 4);
});

test('a draft is part of the text while it is verified, and what is rejected is not afterwards', () => {
  const { scheduler, submit, step } = start();
  submit(1);
  step(7);
  const plan = scheduler.plan() as VerifyPlan;
  expect([...plan.sequence.generatedIds.subarray(0, 5)]).toEqual([7, 20, 21, 22, 23]);
  expect(plan.sequence.generatedCount).toBe(1);
  scheduler.commit(plan, Int32Array.of(20, 5), answersTo(plan, [20, 5]));
  const { generatedIds, generatedCount } = plan.sequence;
  expect([...generatedIds.subarray(0, generatedCount)]).toEqual([7, 20, 5]);
});

test('a draft leaves room for the token that is drawn after it', () => {
  const { submit, step, news } = start({ draftCount: 10 });
  submit(1, 5);
  step(7);
  expect(drafted(step(20, 21, 22, 3))).toEqual([7, 20, 21, 22]);
  expect(news().at(-1)).toEqual([1, 3, 'length']);
});

test('the last token of a sequence is not drafted for', () => {
  const { submit, step } = start();
  submit(1, 2);
  step(7);
  expect(step(7).kind).toBe('decode');
});

test('a draft ends with a stop token, and so does the sequence', () => {
  const { rows, submit, step, news, told } = start();
  submit(1, 9, { stopIds: [21] });
  step(7);
  news();
  expect(drafted(step(20, 21))).toEqual([7, 20, 21]);
  expect(news()).toEqual([
    [1, 20, null],
    [1, 21, 'stop'],
  ]);
  expect(told, 'all of the draft was accepted').toEqual(['2 of 2 in 5']);
  expect(rows.usedRowCount).toBe(0);
});

test('a pick that fails behind accepted tokens ends the sequence after them', () => {
  const { scheduler, submit, step, news } = start();
  submit(1);
  step(7);
  news();
  const failures = new Map([[1, 'no token is left']]);
  const answers = { ...noAnswers, failures, draftPickCount: 2, acceptedCount: 1 };
  scheduler.commit(scheduler.plan()!, Int32Array.of(20, failedPick), answers);
  scheduler.checkIntegrity();
  expect(scheduler.outcome.failures).toEqual(new Map([[1, 'no token is left']]));
  expect(news()).toEqual([
    [1, 20, null],
    [1, -1, 'error'],
  ]);
});

test('a verify step that fails ends its sequence, and later ones are served', () => {
  const { scheduler, rows, submit, step, news, told } = start();
  submit(1);
  step(7);
  news();
  scheduler.fail(scheduler.plan()!, 'out of luck');
  expect(news()).toEqual([[1, -1, 'error']]);
  expect(rows.usedRowCount).toBe(0);
  expect(told, 'nothing is learned from it').toEqual([]);
  submit(2);
  step(7);
  expect(drafted(step(9))[0]).toBe(7);
});

test('nobody is drafted for while others run, or wait and have room', () => {
  const { scheduler, submit, step } = start();
  submit(1);
  step(7);
  submit(2);
  expect(step(7).kind).toBe('decode');
  expect(step(7).kind).toBe('prefill');
  expect(step(7, 7).kind).toBe('decode');
  scheduler.abort(2);
  expect(drafted(step(7))[0]).toBe(7);
});

test('who waits without room keeps nobody from being drafted for', () => {
  const { submit, step } = start({ maxRunning: 1 });
  submit(1);
  submit(2);
  step(7);
  expect(drafted(step(7))[0]).toBe(7);
});

test('only steps that a sequence made alone say how long one takes', () => {
  const { submit, step, told } = start({ draftCount: 0 });
  submit(1);
  step(7);
  step(7);
  expect(told).toEqual(['stepped in 5']);
  submit(2);
  step(7);
  step(7, 7);
  expect(told).toEqual(['stepped in 5']);
});

test('more picks than tokens, or none, break the protocol', () => {
  const { submit, step, scheduler } = start();
  submit(1);
  step(7);
  const plan = scheduler.plan()!;
  expect(() => scheduler.commit(plan, Int32Array.of(7), noAnswers)).toThrow('a token or more');
});

test.each([
  [2, 0],
  [2, 3],
  [5, 5],
])('of %i picks no %i are accepted', (draftPickCount, acceptedCount) => {
  const { submit, step, scheduler } = start();
  submit(1);
  step(7);
  const answers = { ...noAnswers, draftPickCount, acceptedCount };
  const picks = Int32Array.of(20, 21, 22, 23, 24);
  expect(() => scheduler.commit(scheduler.plan()!, picks, answers)).toThrow('what is accepted');
});
