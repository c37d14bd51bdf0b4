// Who runs next where the cache is paged: the same promises as the `Scheduler` of rows, and in each
// step the newest token of everybody who decodes together with parts of prompts. Decide, do, commit:
// between `plan` and `commit` or `fail` nothing else is called. Every accepted sequence ends exactly
// once, in `outcome`. Does not know the model, the threads or the clock.

import { invariant } from '../../errors.ts';
import type { BlockCache } from '../../kv/blocks/block-cache.ts';
import { Accepted } from '../accepted.ts';
import { type MixedPlan, sequencesIn } from '../mixed-plan.ts';
import { Outcome } from '../outcome.ts';
import { noAnswers, type StepAnswers } from '../plan.ts';
import { Queue } from '../queue.ts';
import type { SchedulerLoad } from '../scheduler.ts';
import type { Sequence, SequenceRequest } from '../sequence.ts';
import { type Endings, giveUp } from '../take-pick.ts';
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

export class PagedScheduler {
  /** What to report; the engine clears it when it has. */
  readonly outcome: Outcome;
  readonly #queue = new Queue();
  readonly #accepted: Accepted;
  readonly #running: PagedRunning;
  readonly #mixedRun: MixedRun;
  readonly #endings: Endings;
  readonly #booking: MixedBooking;
  #open: MixedPlan | null = null;

  constructor({ cache, stepTokens }: PagedSchedulerOptions) {
    const { slotCount } = cache.tables;
    invariant(stepTokens >= slotCount, 'a step has a token for everybody who runs');
    const pace = new MixedPace(stepTokens);
    this.outcome = new Outcome(slotCount);
    this.#accepted = new Accepted(cache.contextLength);
    this.#running = new PagedRunning(cache, this.outcome);
    this.#mixedRun = new MixedRun(this.#queue, this.#running, pace);
    this.#endings = {
      outcome: this.outcome,
      remove: (sequence, isGood) => this.#remove(sequence, isGood),
    };
    const parts = { queue: this.#queue, running: this.#running, pace };
    this.#booking = new MixedBooking({ ...this.#endings, ...parts });
  }

  /** Blocks stand where the load of a cache of rows has rows. */
  get load(): SchedulerLoad {
    const { pool } = this.#running.cache;
    return {
      runningCount: this.#running.count,
      waitingCount: this.#queue.size,
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

  /** Takes a sequence into the queue. */
  submit(request: SequenceRequest): void {
    invariant(this.#open === null, 'sequences come between steps');
    const sequence = this.#accepted.add(request);
    this.#queue.add(sequence, this.#accepted.leaderOf(sequence, request.forkOf));
  }

  /** Ends a sequence and frees its blocks at once. One that has ended already is left alone. */
  abort(id: number): void {
    invariant(this.#open === null, 'sequences are aborted between steps');
    const sequence = this.#accepted.get(id);
    if (sequence === null) return;
    this.#remove(sequence, true);
    this.outcome.addEnd(id, 'abort');
  }

  /** Nothing that was computed so far is reused for sequences to come. */
  forget(): void {
    invariant(this.#open === null, 'prefixes are forgotten between steps');
    this.#running.cache.forget();
  }

  /** What the next step shall do, or null when there is nothing to do. */
  plan(): MixedPlan | null {
    invariant(this.#open === null, 'a plan is committed or failed before the next');
    if (this.#running.count === 0 && !this.#queue.hasNext) return null;
    this.#open = this.#mixedRun.plan();
    return this.#open;
  }

  /**
   * Books a step that was carried out. `picks[i]` is the token for entry i of the plan; the run took
   * `runMs`, 0 where nobody looked.
   */
  commit(plan: MixedPlan, picks: Int32Array, answers: StepAnswers = noAnswers, runMs = 0): void {
    this.#close(plan);
    this.#booking.book(plan, picks, answers, runMs);
  }

  /** Gives up the sequences that a step carried, and no other. */
  fail(plan: MixedPlan, reason: string): void {
    this.#close(plan);
    for (const sequence of sequencesIn(plan)) giveUp(this.#endings, sequence, reason);
  }

  checkIntegrity(): void {
    this.#running.checkIntegrity();
    this.#queue.checkIntegrity();
    for (const sequence of this.#accepted.all()) {
      const { phase, row } = sequence;
      const isWaiting = this.#queue.has(sequence);
      invariant(phase !== 'ended', 'who has ended is gone');
      invariant(isWaiting === (phase === 'waiting'), 'the queue holds who waits');
      invariant(isWaiting || this.#running.at(row) === sequence, 'who does not wait runs');
    }
    const count = this.#running.count + this.#queue.size;
    invariant(count === this.#accepted.size, 'nobody is lost');
  }

  #close(plan: MixedPlan): void {
    invariant(plan === this.#open, 'the plan that was made last is committed or failed, once');
    this.#open = null;
  }

  /** Ends a sequence wherever it stands; its blocks are freed, or kept as a prefix where it is good. */
  #remove(sequence: Sequence, isGood: boolean): void {
    if (sequence.phase === 'waiting') {
      this.#queue.remove(sequence);
    } else {
      // Who waits for its prompt waits for himself now; nobody does once it is complete.
      this.#queue.disband(sequence);
      this.#running.release(sequence, isGood);
    }
    this.#accepted.remove(sequence);
    sequence.end();
  }
}
