// What happens where the blocks run out.

import { expect, test } from 'vitest';
import { generate } from '../../reference/cache.ts';
import { takeNews } from '../news.ts';
import { start } from './setup.ts';

const prompt = (length: number) => Array.from({ length }, (_, index) => 1 + (index % 9));

/** Two that grow to six blocks each, where there are eight. */
function startTight(further: Parameters<ReturnType<typeof start>['submit']>[2] = {}) {
  const world = start({ blockCount: 8, contextLength: 32, stepTokens: 32 });
  world.submit(0, 4, { maxTokens: 20 });
  world.submit(1, 4, { maxTokens: 20, ...further });
  const news: (readonly unknown[])[] = [];
  const run = (until: () => boolean) => {
    while (!until()) {
      world.step();
      news.push(...takeNews(world.scheduler.outcome));
    }
  };
  const textOf = (id: number) => news.filter(([of]) => of === id).map(([, token]) => token);
  return { ...world, run, news, textOf };
}

test('who came last gives its blocks back and waits, and nothing it got is lost or told again', () => {
  const { scheduler, run, textOf, step } = startTight();
  run(() => scheduler.preemptionCount > 0);
  expect(scheduler.load).toMatchObject({ runningCount: 1, waitingCount: 1 });
  const before = textOf(1).length;
  expect(before).toBeGreaterThan(8);
  expect(step().decoding, 'the first goes on').toEqual([0]);
  run(() => scheduler.load.waitingCount === 0);
  run(() => scheduler.load.runningCount === 0);
  const expected = generate(prompt(4), 20, []);
  expect(textOf(0).slice(-5)).toEqual(expected.slice(-5));
  expect(textOf(1)).toEqual(expected);
});

test('what it had generated is prefilled with its prompt', () => {
  const { scheduler, run, step, textOf } = startTight();
  run(() => scheduler.preemptionCount > 0);
  const length = 4 + textOf(1).length;
  let shown = step();
  while (shown.prompts.length === 0) shown = step();
  expect(shown.prompts).toEqual([[1, 0, length]]);
});

test('what it looks for again is not counted among what prompts looked for', () => {
  const { scheduler, cache, submit, step } = start({
    blockCount: 8,
    contextLength: 32,
    reusesPrefixes: true,
  });
  for (const id of [0, 1]) submit(id, 4, { maxTokens: 20, cacheSalt: String(id) });
  while (scheduler.load.runningCount + scheduler.load.waitingCount > 0) step();
  expect(scheduler.preemptionCount).toBeGreaterThan(0);
  expect([cache.queriedTokenCount, cache.hitTokenCount]).toEqual([8, 0]);
});

test('its random numbers go on where they were', () => {
  const { scheduler, run, textOf } = startTight();
  run(() => scheduler.preemptionCount > 0);
  run(() => scheduler.load.waitingCount === 0);
  const plan = scheduler.plan()!;
  expect(plan.pieces[0]!.sequence).toMatchObject({ id: 1, tokenIndex: textOf(1).length });
});

test('the lower priority goes first, whoever came before', () => {
  const { scheduler, run, step } = startTight({ priority: -1 });
  run(() => scheduler.preemptionCount > 0);
  expect(step().decoding).toEqual([1]);
});

test('the scores of its prompt are kept, and told once', () => {
  const { scheduler, submit, step } = start({ blockCount: 8, contextLength: 32 });
  submit(0, 4, { maxTokens: 20 });
  submit(1, 4, { maxTokens: 20, promptLogprobCount: 1 });
  const told: number[] = [];
  while (scheduler.load.runningCount + scheduler.load.waitingCount > 0) {
    step();
    for (const { id, scores } of scheduler.outcome.prompts) told.push(id, scores.counts.length);
    scheduler.outcome.clear();
  }
  expect(scheduler.preemptionCount).toBeGreaterThan(0);
  expect(told).toEqual([0, 0, 1, 3]);
});

test('nobody begins where there are no blocks for all of its prompt', () => {
  const { scheduler, submit, step } = start({ blockCount: 8, contextLength: 32 });
  submit(0, 16, { maxTokens: 4 });
  step();
  submit(1, 13);
  submit(2, 1);
  expect(step().prompts, 'and nobody passes by who waits').toEqual([]);
  expect(scheduler.load.waitingCount).toBe(2);
  scheduler.abort(1);
  expect(step().prompts).toEqual([[2, 0, 1]]);
});

test('nobody begins where those who run could not go on for a while', () => {
  const { submit, step } = start({ blockCount: 10, contextLength: 32 });
  submit(0, 16, { maxTokens: 8 });
  step();
  submit(1, 16, { maxTokens: 1 });
  expect(step().prompts).toEqual([[1, 0, 15]]);
  const tight = start({ blockCount: 9, contextLength: 32 });
  tight.submit(0, 16, { maxTokens: 8 });
  tight.step();
  tight.submit(1, 16, { maxTokens: 1 });
  expect(tight.step().prompts).toEqual([]);
});

test('one that waits again can be aborted', () => {
  const { scheduler, run, pool } = startTight();
  run(() => scheduler.preemptionCount > 0);
  scheduler.abort(1);
  expect(takeNews(scheduler.outcome)).toEqual([[1, -1, 'abort']]);
  scheduler.checkIntegrity();
  scheduler.abort(0);
  expect(pool.usedBlockCount).toBe(0);
});

test('one alone has the whole context, however small the cache', () => {
  const { scheduler, submit, step } = start({ blockCount: 8, contextLength: 32 });
  submit(0, 2, { maxTokens: 30 });
  submit(1, 30, { maxTokens: 2 });
  let stepCount = 0;
  while (scheduler.load.runningCount + scheduler.load.waitingCount > 0) {
    step();
    stepCount += 1;
    expect(stepCount).toBeLessThan(50);
  }
});
