// A decode step of the paged scheduler allocates nothing for its tokens: what V8's sampling profiler
// sees of a crowd's steps is what it sees of one sequence's.

import { Session } from 'node:inspector/promises';
import { expect, test } from 'vitest';
import { start } from './setup.ts';

const steps = 400;

test('nothing is allocated per token', async () => {
  const few = await bytesOf(1);
  const many = await bytesOf(65);
  // The smallest object has 12 bytes.
  const perToken = (many - few) / steps / 64;
  expect(perToken).toBeLessThan(4);
});

test('the plan, its pieces and the tables are the same objects from step to step', () => {
  const { scheduler, submit } = start();
  for (const id of [0, 1, 2]) submit(id, 3, { maxTokens: 20 });
  const picks = new Int32Array(3);
  scheduler.commit(scheduler.plan()!, picks);
  const parts = () => {
    const plan = scheduler.plan()!;
    scheduler.commit(plan, picks);
    const pieces = plan.pieces.slice(0, plan.pieceCount);
    return [plan, plan.pieces, plan.copies, pieces, pieces.map((piece) => piece.tokens)].flat(2);
  };
  const first = parts();
  const second = parts();
  expect(second).toHaveLength(first.length);
  second.forEach((part, index) => {
    expect(part).toBe(first[index]);
  });
});

/** Allocated by the scheduler and its cache in steps in which so many sequences decode. */
async function bytesOf(sequenceCount: number): Promise<number> {
  const { scheduler, submit } = start({
    blockSize: 16,
    contextLength: 2048,
    blockCount: 128 * 65,
    slotCount: 65,
    stepTokens: 500,
  });
  const picks = new Int32Array(65);
  const step = () => {
    scheduler.commit(scheduler.plan()!, picks);
    scheduler.outcome.clear();
  };
  for (let id = 0; id < sequenceCount; id += 1) submit(id, 3, { maxTokens: 2000 });
  for (let count = 0; count < 800; count += 1) step();
  expect(scheduler.load.runningCount).toBe(sequenceCount);
  const inspector = new Session();
  inspector.connect();
  await inspector.post('HeapProfiler.startSampling', {
    samplingInterval: 64,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  for (let count = 0; count < steps; count += 1) step();
  const { profile } = await inspector.post('HeapProfiler.stopSampling');
  inspector.disconnect();
  return sum(profile.head as SampledNode);
}

interface SampledNode {
  readonly callFrame: { readonly url: string };
  readonly selfSize: number;
  readonly children: readonly SampledNode[];
}

function sum({ callFrame, selfSize, children }: SampledNode): number {
  const isOurs = /\/src\/(scheduler|kv)\//.test(callFrame.url);
  return children.reduce((total, child) => total + sum(child), isOurs ? selfSize : 0);
}
