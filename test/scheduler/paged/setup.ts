// A paged scheduler whose steps are carried out by a memory that remembers, and what it is asked for.

import { BlockCache } from '../../../src/kv/blocks/block-cache.ts';
import { BlockPool } from '../../../src/kv/blocks/block-pool.ts';
import { freeDraw } from '../../../src/sampling/parameters.ts';
import type { MixedPlan } from '../../../src/scheduler/mixed-plan.ts';
import { PagedScheduler } from '../../../src/scheduler/paged/paged-scheduler.ts';
import { type SequenceRequest, unsaid } from '../../../src/scheduler/sequence.ts';
import { BlockMemory } from '../../reference/block-memory.ts';

export interface Setup {
  readonly blockCount?: number;
  readonly blockSize?: number;
  readonly contextLength?: number;
  readonly slotCount?: number;
  readonly stepTokens?: number;
  readonly reusesPrefixes?: boolean;
}

export function start({
  blockCount = 64,
  blockSize = 4,
  contextLength = 32,
  slotCount = 8,
  stepTokens = 16,
  reusesPrefixes = false,
}: Setup = {}) {
  const pool = new BlockPool({ blockCount, blockSize, blockBytes: 1 });
  const cache = new BlockCache(pool, { slotCount, contextLength, reusesPrefixes });
  const scheduler = new PagedScheduler({ cache, stepTokens });
  const memory = new BlockMemory(blockCount, blockSize);
  const submit = (id: number, promptLength: number, further: Partial<SequenceRequest> = {}) => {
    scheduler.submit({
      id,
      promptIds: Int32Array.from({ length: promptLength }, (_, index) => 1 + (index % 9)),
      maxTokens: 8,
      stopIds: [],
      sampling: { ...freeDraw, greedy: true },
      ...unsaid,
      ...further,
    });
  };
  /** Carries a step out, and says what was in it. */
  const step = (ms = 0): Shown => {
    const plan = scheduler.plan()!;
    const shown = show(plan);
    const { picks, answers } = memory.run(plan);
    scheduler.commit(plan, picks, answers, ms);
    scheduler.checkIntegrity();
    return shown;
  };
  return { scheduler, pool, cache, memory, submit, step };
}

/** The ids of who decodes, and of the others [id, first token, tokens]. */
export interface Shown {
  readonly decoding: readonly number[];
  readonly prompts: readonly (readonly [number, number, number])[];
  readonly forks: readonly number[];
  readonly copyCount: number;
}

export function show({ pieces, pieceCount, decodingCount, copies }: MixedPlan): Shown {
  const prompts = pieces.slice(decodingCount, pieceCount);
  return {
    decoding: pieces.slice(0, decodingCount).map(({ sequence }) => sequence.id),
    prompts: prompts.map(({ sequence, start, tokens }) => [sequence.id, start, tokens.length]),
    forks: prompts.flatMap(({ forks }) => forks.map(({ id }) => id)),
    copyCount: copies.length,
  };
}
