// Several samples of one prompt: its blocks are shared until they part.

import { expect, test } from 'vitest';
import { start } from './setup.ts';

function startForks(forkCount: number, setup: Parameters<typeof start>[0] = {}) {
  const world = start({ stepTokens: 8, ...setup });
  for (let id = 0; id <= forkCount; id += 1) {
    world.submit(id, 10, { forkOf: id === 0 ? null : 0 });
  }
  return world;
}

test('forks begin with the last piece of their leader, and copy a block when they write', () => {
  const { step, pool, scheduler } = startForks(2);
  expect(step()).toMatchObject({ prompts: [[0, 0, 8]], forks: [] });
  expect(step()).toMatchObject({ prompts: [[0, 8, 2]], forks: [1, 2] });
  expect(scheduler.outcome.admitted).toEqual([0, 1, 2]);
  expect(pool.usedBlockCount, 'nothing is copied yet').toBe(3);
  expect(step()).toMatchObject({ decoding: [0, 1, 2], copyCount: 2 });
  expect(pool.usedBlockCount).toBe(5);
  expect(step()).toMatchObject({ decoding: [0, 1, 2], copyCount: 0 });
});

test('forks have their tables before the next in line', () => {
  const { submit, step } = start({ slotCount: 3, stepTokens: 16 });
  submit(0, 4);
  submit(1, 4, { forkOf: 0 });
  submit(2, 4, { forkOf: 0 });
  submit(3, 4);
  expect(step()).toMatchObject({ prompts: [[0, 0, 4]], forks: [1, 2] });
});

test('forks that find no table wait, and one of them leads the others', () => {
  const { step, scheduler } = startForks(4, { slotCount: 2 });
  step();
  expect(step().forks).toEqual([1]);
  for (const id of [0, 1]) scheduler.abort(id);
  step();
  expect(step()).toMatchObject({ prompts: [[2, 8, 2]], forks: [3] });
});

test.each(['before its prefill', 'in its prefill'])('a leader aborted %s has an heir', (when) => {
  const { step, scheduler } = startForks(2);
  if (when === 'in its prefill') step();
  scheduler.abort(0);
  scheduler.checkIntegrity();
  step();
  expect(step()).toMatchObject({ prompts: [[1, 8, 2]], forks: [2] });
});

test('a leader that fails in its last piece fails with the forks that began', () => {
  const { step, scheduler, pool } = startForks(2);
  step();
  scheduler.fail(scheduler.plan()!, 'broken');
  expect([...scheduler.outcome.failures!.keys()]).toEqual([0, 1, 2]);
  expect(scheduler.plan()).toBeNull();
  expect(pool.usedBlockCount).toBe(0);
});

test('a leader that lost its blocks in its prefill is followed all the same', () => {
  const { step, submit, scheduler } = start({ blockCount: 8, slotCount: 3, stepTokens: 3 });
  submit(0, 4, { maxTokens: 20 });
  step();
  submit(1, 20, { maxTokens: 2 });
  submit(2, 20, { maxTokens: 2, forkOf: 1 });
  while (scheduler.preemptionCount === 0) expect(step().forks).toEqual([]);
  expect(scheduler.load).toMatchObject({ runningCount: 1, waitingCount: 2 });
  let shown = step();
  while (shown.forks.length === 0) shown = step();
  expect(shown.prompts.map(([id]) => id)).toEqual([1]);
  expect(shown.forks).toEqual([2]);
  expect(scheduler.outcome.admitted, 'who leaves the queue is told once').toEqual([0, 1, 2]);
});
