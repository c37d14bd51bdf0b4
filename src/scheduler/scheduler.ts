// Who runs next.

import type { RowPool } from '../kv/rows.ts';
import type { Outcome } from './outcome.ts';
import type { Plan } from './plan.ts';
import type { SequenceRequest } from './sequence.ts';

export interface SchedulerOptions {
  readonly rows: RowPool;
  /** The most sequences that hold a row at a time. */
  readonly maxRunning: number;
  /** Prompt tokens per prefill chunk, at least 2. */
  readonly chunkTokens: number;
  /** While prompts and decoding sequences both wait, so many chunks in a row, 1 by default. */
  readonly chunksPerTurn?: number;
  /** And then so many decode steps in a row, 1 by default. */
  readonly decodesPerTurn?: number;
}

export interface SchedulerLoad {
  readonly runningCount: number;
  readonly waitingCount: number;
  readonly usedRowCount: number;
  readonly freeRowCount: number;
  readonly usedCacheBytes: number;
}

export declare class Scheduler {
  /** What to report; the engine clears it when it has. */
  readonly outcome: Outcome;
  constructor(options: SchedulerOptions);
  /** Takes a sequence into the queue. */
  submit(request: SequenceRequest): void;
  /** Ends a sequence at once, between steps; one that is unknown or has ended is left alone. */
  abort(id: number): void;
  /** What the next step shall do, or null when there is nothing to do. To be committed or failed. */
  plan(): Plan | null;
  /** Books a step that was carried out; `picks[i]` is the token for entry i of the plan. */
  commit(plan: Plan, picks: Int32Array): void;
  /** Gives up the sequences that the step carried, and no other. */
  fail(plan: Plan, reason: string): void;
  get load(): SchedulerLoad;
  checkIntegrity(): void;
}
