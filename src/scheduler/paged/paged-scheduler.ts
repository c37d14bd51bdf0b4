// Who runs next where the cache is paged: in each step the newest token of everybody who decodes,
// together with parts of prompts. Does not know the model, the threads or the clock.

import { invariant } from '../../errors.ts';
import type { BlockCache } from '../../kv/blocks/block-cache.ts';
import { type MixedPlan, sequencesIn } from '../mixed-plan.ts';
import type { StepAnswers } from '../plan.ts';
import type { Sequence } from '../sequence.ts';
import { type SchedulerLoad, StepByStep } from '../step-by-step.ts';
import { MixedBooking } from './mixed-booking.ts';
import { MixedPace } from './mixed-pace.ts';
import { MixedRun } from './mixed-run.ts';
import { PagedRunning } from './paged-running.ts';

export interface PagedSchedulerOptions {
  /** So many sequences run at a time as it has tables. */
  readonly cache: BlockCache;
  /** The most tokens of a step: at least one for each sequence that runs. */
  readonly stepTokens: number;
}

export class PagedScheduler extends StepByStep<MixedPlan> {
  readonly #running: PagedRunning;
  readonly #mixedRun: MixedRun;
  readonly #booking: MixedBooking;

  constructor({ cache, stepTokens }: PagedSchedulerOptions) {
    const { slotCount } = cache.tables;
    super(slotCount, cache.contextLength);
    invariant(stepTokens >= slotCount, 'a step has a token for everybody who runs');
    const pace = new MixedPace(stepTokens);
    this.#running = new PagedRunning(cache, this.outcome);
    this.#mixedRun = new MixedRun(this.queue, this.#running, pace);
    const parts = { queue: this.queue, running: this.#running, pace };
    this.#booking = new MixedBooking({ ...this.endings, ...parts });
  }

  /** Blocks stand where the load of a cache of rows has rows. */
  get load(): SchedulerLoad {
    const { pool } = this.#running.cache;
    return {
      runningCount: this.#running.count,
      waitingCount: this.queue.size,
      usedRowCount: pool.usedBlockCount,
      cachedRowCount: pool.cachedBlockCount,
      freeRowCount: pool.freeBlockCount,
      usedCacheBytes: pool.usedBytes,
    };
  }

  /** How often a sequence gave its blocks to another, since the start. */
  get preemptionCount(): number {
    return this.#running.preemptionCount;
  }

  checkIntegrity(): void {
    this.#running.checkIntegrity();
    this.checkSequences(this.#running);
  }

  protected override forgetPrefixes(): void {
    this.#running.cache.forget();
  }

  protected override decide(): MixedPlan | null {
    const isIdle = this.#running.count === 0 && !this.queue.hasNext;
    return isIdle ? null : this.#mixedRun.plan();
  }

  protected override book(
    plan: MixedPlan,
    picks: Int32Array,
    answers: StepAnswers,
    runMs: number,
  ): void {
    this.#booking.book(plan, picks, answers, runMs);
  }

  protected override undo(plan: MixedPlan): readonly Sequence[] {
    return sequencesIn(plan);
  }

  /** Ends a sequence wherever it stands; its blocks are freed, or kept as a prefix where it is good. */
  protected override remove(sequence: Sequence, isGood: boolean): void {
    if (sequence.phase === 'waiting') {
      this.queue.remove(sequence);
    } else {
      // Who waits for its prompt waits for himself now; nobody does once it is complete.
      this.queue.disband(sequence);
      this.#running.release(sequence, isGood);
    }
    this.accepted.remove(sequence);
    sequence.end();
  }
}
