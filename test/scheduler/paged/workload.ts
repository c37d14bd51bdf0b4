// Random workloads: what arrives, what is given up and what fails between the steps.

import fc from 'fast-check';
import { freeDraw } from '../../../src/sampling/parameters.ts';
import { type SequenceRequest, unsaid } from '../../../src/scheduler/sequence.ts';
import { vocabularySize } from '../../reference/cache.ts';
import type { PagedSettings } from './world.ts';

export const contextLength = 32;

export const settings: fc.Arbitrary<PagedSettings> = fc.record({
  contextLength: fc.constant(contextLength),
  blockSize: fc.constantFrom(1, 2, 4, 4, 8, 16),
  spareBlocks: fc.oneof(fc.nat(4), fc.nat(40)),
  slotCount: fc.integer({ min: 1, max: 7 }),
  spareTokens: fc.oneof(fc.nat(6), fc.nat(60)),
  prefixReuse: fc.boolean(),
  stepMs: fc.array(fc.constantFrom(0, 0.01, 1, 5, 30, 1000), { minLength: 1, maxLength: 9 }),
});

const submission = fc.record({
  kind: fc.constant('submit' as const),
  promptLength: fc.oneof(
    fc.integer({ min: 1, max: 8 }),
    fc.integer({ min: 1, max: contextLength - 1 }),
  ),
  limits: fc.oneof(
    { weight: 2, arbitrary: fc.tuple(fc.integer({ min: 0, max: contextLength })) },
    fc.array(fc.integer({ min: 0, max: contextLength }), { minLength: 2, maxLength: 5 }),
  ),
  promptLogprobCounts: fc.array(fc.option(fc.nat(3)), { minLength: 5, maxLength: 5 }),
  firstScored: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: contextLength })),
  cacheSalt: fc.constantFrom('', '', 'other'),
  priority: fc.constantFrom(0, 0, 0, -1, 5),
  stopIds: fc.uniqueArray(fc.nat(vocabularySize - 1), { maxLength: 2 }),
  seed: fc.nat(2),
  /** Where the prompt parts from others with its seed. */
  turn: fc.oneof(fc.constant(contextLength), fc.nat(contextLength)),
});

export type Submission = typeof submission extends fc.Arbitrary<infer T> ? T : never;

const abortion = fc.record({ kind: fc.constant('abort' as const), id: fc.nat(20) });
const steps = fc.record({
  kind: fc.constant('step' as const),
  count: fc.integer({ min: 1, max: 12 }),
});
const failure = fc.record({
  kind: fc.constant('fail' as const),
  how: fc.constantFrom('early' as const, 'late' as const, 'piece' as const, 'entry' as const),
  which: fc.nat(20),
});
const forgetting = fc.record({ kind: fc.constant('forget' as const) });

export const peacefulOperation = fc.oneof(
  { weight: 6, arbitrary: submission },
  { weight: 6, arbitrary: steps },
  { weight: 2, arbitrary: abortion },
);

export const operation = fc.oneof(
  { weight: 14, arbitrary: peacefulOperation },
  { weight: 2, arbitrary: failure },
  { weight: 1, arbitrary: forgetting },
);

/** What some sequences with one prompt ask for, the first the leader; their ids begin at `firstId`. */
export function requestsOf(submission: Submission, firstId: number): SequenceRequest[] {
  const { promptLength, limits, seed, turn, promptLogprobCounts } = submission;
  const { stopIds, cacheSalt, priority, firstScored } = submission;
  const promptIds = Int32Array.from({ length: promptLength }, (_, index) => {
    return (seed + index * index + (index < turn ? 0 : turn)) % 13;
  });
  return limits.map((limit, index) => {
    const promptLogprobCount = promptLogprobCounts[index]!;
    const least = promptLogprobCount === null ? 1 : 0;
    return {
      ...unsaid,
      id: firstId + index,
      promptIds,
      maxTokens: Math.max(least, Math.min(limit, contextLength - promptLength)),
      stopIds,
      sampling: { ...freeDraw, greedy: true },
      forkOf: index === 0 ? null : firstId,
      cacheSalt,
      priority,
      promptLogprobCount,
      firstScored: Math.min(firstScored, promptLength),
    };
  });
}
