// The loop over a cache of blocks: every step mixes the newest tokens of those who decode with pieces of
// prompts.

import { BlockCache } from '../kv/blocks/block-cache.ts';
import type { BlockPool } from '../kv/blocks/block-pool.ts';
import type { PagedModel } from '../model/paged/paged-model.ts';
import { PagedScheduler } from '../scheduler/paged/paged-scheduler.ts';
import { EngineLoop, type LoopOptions } from './loop.ts';

export interface PagedLoopOptions extends LoopOptions {
  readonly blocks: BlockPool;
  readonly contextLength: number;
  /** Whether prompts begin with what the cache keeps of others; no output depends on it. */
  readonly prefixReuse: boolean;
  readonly maxRunning: number;
  /** The most tokens of a step, at least one for each sequence that runs. */
  readonly stepTokens: number;
}

export function pagedLoop(model: Pick<PagedModel, 'run'>, options: PagedLoopOptions): EngineLoop {
  const { blocks, contextLength, maxRunning, stepTokens } = options;
  const cache = new BlockCache(blocks, {
    slotCount: maxRunning,
    contextLength,
    reusesPrefixes: options.prefixReuse,
  });
  const scheduler = new PagedScheduler({ cache, stepTokens });
  return new EngineLoop({ scheduler, model, cache, mostEntries: maxRunning }, options);
}
