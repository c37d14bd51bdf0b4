// The loop over a cache of rows: steps are chunks of prompts, one token for everybody who decodes, or a
// draft for one who decodes alone.

import { RowCache } from '../kv/row-cache.ts';
import type { RowPool } from '../kv/rows.ts';
import type { Model } from '../model/model.ts';
import { Scheduler } from '../scheduler/scheduler.ts';
import { longestDraft, Speculator } from '../speculation/speculator.ts';
import { EngineLoop, type LoopOptions } from './loop.ts';

export interface RowLoopOptions extends LoopOptions {
  readonly rows: RowPool;
  /** Whether prompts begin with what the cache keeps of others; no output depends on it. */
  readonly prefixReuse: boolean;
  /** Whether a sequence that runs alone may have several tokens in a step. */
  readonly speculation: boolean;
  readonly maxRunning: number;
  /** Whether decode steps run over more rows than they must, to have few shapes. */
  readonly hasFewShapes: boolean;
  readonly chunkTokens: number;
}

export function rowLoop(model: Pick<Model, 'run'>, options: RowLoopOptions): EngineLoop {
  const { rows } = options;
  const cache = new RowCache(rows, options.prefixReuse);
  const drafter = options.speculation ? new Speculator(rows.contextLength) : null;
  const scheduler = new Scheduler({ ...options, cache, drafter });
  const mostEntries = Math.max(rows.rowCount, longestDraft + 1);
  return new EngineLoop({ scheduler, model, cache, mostEntries }, options);
}
