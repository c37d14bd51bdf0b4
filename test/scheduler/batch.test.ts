// Which prompts share a step, and what becomes of them.

import { describe, expect, test } from 'vitest';
import { RowCache } from '../../src/kv/row-cache.ts';
import { RowPool } from '../../src/kv/rows.ts';
import { flattened } from '../../src/kv/token-score.ts';
import { freeDraw } from '../../src/sampling/parameters.ts';
import { failedPick, noAnswers, type Plan, type PrefillPlan } from '../../src/scheduler/plan.ts';
import { Scheduler } from '../../src/scheduler/scheduler.ts';
import { type SequenceRequest, unsaid } from '../../src/scheduler/sequence.ts';
import { listed } from '../reference/token-scores.ts';

function start({ rowCount = 8, maxRunning = 8, chunkTokens = 100, prefixReuse = true } = {}) {
  const rows = new RowPool({ rowCount, contextLength: 200, rowBytes: 1 });
  const cache = new RowCache(rows, prefixReuse);
  const scheduler = new Scheduler({ cache, maxRunning, chunkTokens });
  let nextId = 0;
  const submit = (length: number, further: Partial<SequenceRequest> = {}): number => {
    const id = nextId++;
    const asked = {
      id,
      promptIds: promptOf(id, length),
      maxTokens: 9,
      stopIds: [],
      sampling: freeDraw,
    };
    scheduler.submit({ ...asked, ...unsaid, ...further });
    return id;
  };
  const commit = (plan: Plan): void => {
    scheduler.commit(plan, new Int32Array(rowCount).fill(7));
    scheduler.checkIntegrity();
  };
  /** The ids of the next prefill step, past any decode step. */
  const prefill = (): number[] => {
    const plan = scheduler.plan()!;
    commit(plan);
    return plan.kind === 'prefill' ? idsOf(plan) : prefill();
  };
  return { rows, scheduler, submit, commit, prefill };
}

const promptOf = (id: number, length: number) =>
  Int32Array.from({ length }, (_, index) => 1000 * id + index);
const idsOf = (plan: Plan) => (plan as PrefillPlan).chunks.map(({ sequence }) => sequence.id);

describe('several prompts begin at once', () => {
  test('in their order, in rows side by side', () => {
    const { scheduler, submit } = start();
    for (const length of [10, 12, 9]) submit(length);
    const plan = scheduler.plan() as PrefillPlan;
    expect(plan).toMatchObject({ firstRow: 0, width: 12 });
    expect(
      plan.chunks.map(({ sequence, start, tokens, isLast }) => {
        return [sequence.id, sequence.row, start, tokens.length, isLast];
      }),
    ).toEqual([
      [0, 0, 0, 10, true],
      [1, 1, 0, 12, true],
      [2, 2, 0, 9, true],
    ]);
  });

  test('as many as the tokens of a step allow, padding included', () => {
    const { submit, prefill } = start({ chunkTokens: 40 });
    for (const length of [10, 10, 10, 10, 10]) submit(length);
    expect(prefill()).toEqual([0, 1, 2, 3]);
    expect(prefill()).toEqual([4]);
  });

  test('as many as there are rows, and may run', () => {
    const few = start({ rowCount: 2 });
    const narrow = start({ maxRunning: 3 });
    for (const { submit } of [few, narrow]) for (let i = 0; i < 5; i += 1) submit(10);
    expect(few.prefill()).toEqual([0, 1]);
    expect(narrow.prefill()).toEqual([0, 1, 2]);
  });

  test('as long as padding costs less than a run of its own', () => {
    const { submit, prefill } = start();
    for (const length of [10, 26, 60, 20]) submit(length);
    expect(prefill()).toEqual([0, 1]);
    expect(prefill()).toEqual([2]);
    expect(prefill()).toEqual([3]);
  });

  test('with their forks, where there are rows for all of them', () => {
    const { scheduler, submit, commit } = start({ rowCount: 5 });
    const promptIds = Int32Array.of(1, 2, 3, 4);
    const first = submit(4, { promptIds });
    submit(4, { promptIds, forkOf: first });
    const second = submit(5);
    const third = submit(6);
    for (const _ of [1, 2]) submit(6, { promptIds: promptOf(third, 6), forkOf: third });
    const plan = scheduler.plan() as PrefillPlan;
    expect(idsOf(plan)).toEqual([first, second]);
    expect(plan.chunks.map(({ forks }) => forks.map(({ row }) => row))).toEqual([[2], []]);
    commit(plan);
  });

  test('beside those who run', () => {
    const { scheduler, submit, commit, prefill } = start({ rowCount: 4 });
    submit(10);
    prefill();
    for (let i = 0; i < 3; i += 1) submit(10);
    commit(scheduler.plan()!); // a decode step
    const plan = scheduler.plan()!;
    expect(plan).toMatchObject({ firstRow: 1, width: 10 });
    expect(idsOf(plan)).toEqual([1, 2, 3]);
  });
});

describe('a prompt goes alone', () => {
  test('of one token, which takes another kernel', () => {
    const { submit, prefill } = start();
    for (const length of [1, 3, 1, 3]) submit(length);
    expect([prefill(), prefill(), prefill(), prefill()]).toEqual([[0], [1], [2], [3]]);
  });

  test('that takes more than one chunk', () => {
    const { submit, prefill } = start({ chunkTokens: 20 });
    for (const length of [5, 30, 5]) submit(length);
    expect([prefill(), prefill(), prefill(), prefill()]).toEqual([[0], [1], [1], [2]]);
  });

  test('where the cache keeps much of it, or would if the one before went alone', () => {
    const promptIds = Int32Array.from({ length: 50 }, (_, index) => index);
    const { submit, prefill } = start();
    submit(50, { promptIds });
    submit(50, { promptIds: promptIds.slice().fill(7, 40) });
    submit(50, { promptIds: promptIds.slice().fill(7, 2) });
    expect([prefill(), prefill(), prefill()]).toEqual([[0], [1], [2]]);
  });
});

test('little that is kept of a prompt does not keep it from a batch', () => {
  const { submit, prefill } = start();
  const promptIds = Int32Array.from({ length: 30 }, (_, index) => index);
  submit(30, { promptIds });
  prefill();
  const others = [1, 2].map((fill) => submit(30, { promptIds: promptIds.slice().fill(fill, 4) }));
  expect(prefill()).toEqual(others);
});

test('what is scored is scored in a batch, each as it asked', () => {
  const { scheduler, submit } = start();
  submit(3, { maxTokens: 0, promptLogprobCount: 1 });
  submit(3);
  submit(2, { promptLogprobCount: 0 });
  const plan = scheduler.plan() as PrefillPlan;
  const score = (logprob: number, count: number) => {
    const topIds = new Int32Array(count);
    return { logprob, topIds, topLogprobs: new Float32Array(count) };
  };
  const promptScores = [[score(-1, 1), score(-2, 1)], [], [score(-3, 0)]].map(flattened);
  scheduler.commit(plan, Int32Array.of(-1, 7, 8), { ...noAnswers, promptScores });
  expect(scheduler.outcome.prompts.map(({ id, scores }) => [id, listed(scores)])).toEqual([
    [0, [score(-1, 1), score(-2, 1)]],
    [1, []],
    [2, [score(-3, 0)]],
  ]);
});

test('how long scoring a prompt takes says nothing of reading others', () => {
  const budgetAfter = (further: Partial<SequenceRequest>): number => {
    const { scheduler, submit } = start({ chunkTokens: 64 });
    submit(60, further);
    const scored = scheduler.plan() as PrefillPlan;
    scheduler.commit(scored, new Int32Array(8).fill(7), noAnswers, 200_000);
    submit(64);
    let plan = scheduler.plan()!;
    while (plan.kind !== 'prefill') {
      scheduler.commit(plan, new Int32Array(8).fill(7), noAnswers, 100);
      plan = scheduler.plan()!;
    }
    scheduler.commit(plan, new Int32Array(8).fill(7), noAnswers, 0);
    return plan.width;
  };
  expect(budgetAfter({ maxTokens: 0, promptLogprobCount: 1 })).toBe(64);
  expect(budgetAfter({}), 'other prompts do').toBe(16);
});

test('a step that fails takes all it carried, and a pick that fails its own sequence', () => {
  const { rows, scheduler, submit } = start();
  for (let i = 0; i < 3; i += 1) submit(10);
  scheduler.fail(scheduler.plan()!, 'broken');
  scheduler.checkIntegrity();
  expect([...scheduler.outcome.failures!.keys()]).toEqual([0, 1, 2]);
  expect(rows.freeRowCount).toBe(rows.rowCount);
  for (let i = 0; i < 3; i += 1) submit(10);
  scheduler.outcome.clear();
  const failures = new Map([[1, 'unsound']]);
  const answers = { ...noAnswers, failures };
  scheduler.commit(scheduler.plan()!, Int32Array.of(7, failedPick, 8), answers);
  scheduler.checkIntegrity();
  expect(scheduler.outcome.failures).toEqual(new Map([[4, 'unsound']]));
  expect(scheduler.plan()).toMatchObject({ kind: 'decode', sequenceCount: 2 });
});
