// Several samples of one prompt: it is prefilled once.

import { expect, test } from 'vitest';
import { RowCache } from '../../src/kv/row-cache.ts';
import { RowPool } from '../../src/kv/rows.ts';
import { freeDraw } from '../../src/sampling/parameters.ts';
import { finishCodes } from '../../src/scheduler/outcome.ts';
import type { Plan, PrefillPlan } from '../../src/scheduler/plan.ts';
import { Scheduler } from '../../src/scheduler/scheduler.ts';
import { type SequenceRequest, unsaid } from '../../src/scheduler/sequence.ts';

function start(rowCount: number, forkCount: number, further: Partial<SequenceRequest> = {}) {
  const rows = new RowPool({ rowCount, contextLength: 50, rowBytes: 1 });
  const scheduler = new Scheduler({
    cache: new RowCache(rows, false),
    maxRunning: 8,
    chunkTokens: 4,
  });
  for (let id = 0; id <= forkCount; id += 1) {
    scheduler.submit({
      id,
      promptIds: Int32Array.of(1, 2, 3, 4, 5, 6),
      maxTokens: 9,
      stopIds: [],
      sampling: freeDraw,
      ...unsaid,
      forkOf: id === 0 ? null : 0,
      ...(id === 0 ? {} : further),
    });
  }
  const step = (): Plan => {
    const plan = scheduler.plan()!;
    scheduler.commit(
      plan,
      Int32Array.from({ length: 9 }, (_, index) => 70 + index),
    );
    scheduler.checkIntegrity();
    return plan;
  };
  const news = () => {
    const { ids, tokens, finishes, count } = scheduler.outcome;
    const entries = Array.from({ length: count }, (_, index) => {
      return [ids[index], tokens[index], finishCodes[finishes[index]!]];
    });
    scheduler.outcome.clear();
    return entries;
  };
  return { scheduler, step, news };
}

const chunkOf = (plan: Plan) => (plan as PrefillPlan).chunks[0]!;
const forkIds = (plan: Plan) => chunkOf(plan).forks.map(({ id }) => id);

test('forks get their rows, and their first tokens, with the last chunk of their leader', () => {
  const { scheduler, step, news } = start(4, 2);
  expect(forkIds(step())).toEqual([]);
  expect(scheduler.load).toMatchObject({ runningCount: 1, waitingCount: 2 });
  expect(chunkOf(step()).forks.map(({ id, row }) => [id, row])).toEqual([
    [1, 1],
    [2, 2],
  ]);
  expect(scheduler.outcome.admitted).toEqual([0, 1, 2]);
  expect(scheduler.outcome.prompts).toMatchObject([{ id: 0 }, { id: 1 }, { id: 2 }]);
  expect(news()).toEqual([
    [0, 70, null],
    [1, 71, null],
    [2, 72, null],
  ]);
  expect(step()).toMatchObject({ kind: 'decode', rowCount: 3, sequenceCount: 3 });
});

test('forks without a row wait for one, and one of them leads the others', () => {
  const { scheduler, step } = start(2, 4);
  step();
  expect(forkIds(step())).toEqual([1]);
  for (const id of [0, 1]) scheduler.abort(id);
  expect(chunkOf(step())).toMatchObject({ sequence: { id: 2 } });
  expect(forkIds(step())).toEqual([3]);
  for (const id of [2, 3]) scheduler.abort(id);
  step();
  expect(chunkOf(step())).toMatchObject({ sequence: { id: 4 }, forks: [] });
});

test.each(['before its prefill', 'in its prefill'])('a leader aborted %s has an heir', (when) => {
  const { scheduler, step, news } = start(4, 2);
  if (when === 'in its prefill') step();
  scheduler.abort(0);
  scheduler.checkIntegrity();
  step();
  const last = step();
  expect(chunkOf(last)).toMatchObject({ sequence: { id: 1 } });
  expect(forkIds(last)).toEqual([2]);
  expect(news().map(([id]) => id)).toEqual([0, 1, 2]);
});

test('a leader that fails before its last chunk fails alone, one that fails in it with its forks', () => {
  const { scheduler, step, news } = start(4, 3);
  scheduler.fail(scheduler.plan()!, 'broken');
  expect(news()).toEqual([[0, -1, 'error']]);
  step();
  scheduler.fail(scheduler.plan()!, 'broken');
  scheduler.checkIntegrity();
  expect(news()).toEqual([1, 2, 3].map((id) => [id, -1, 'error']));
  expect(scheduler.plan()).toBeNull();
  expect(scheduler.load).toMatchObject({ usedRowCount: 0, waitingCount: 0 });
});

test('a fork that samples at another temperature goes alone', () => {
  const { step } = start(4, 1, { sampling: { ...freeDraw, inverseTemperature: 2 } });
  step();
  expect(forkIds(step())).toEqual([]);
  while (step().kind === 'decode');
});

test('a fork with another prompt is refused', () => {
  expect(() => start(4, 1, { promptIds: Int32Array.of(1, 2, 3, 4, 5, 7) })).toThrow(
    'a fork has the prompt of its leader',
  );
});
