// Who runs next. Owns the sequences from the queue to their end, and decides each step: a chunk of a
// prompt or several whole prompts, one token for everybody who decodes, or a draft for one who decodes
// alone. Decide, do, commit: between `plan` and `commit` or `fail` nothing else is called. Every
// accepted sequence ends exactly once, in `outcome`. Does not know the model, the threads or the clock.

import { invariant } from '../errors.ts';
import type { RowCache } from '../kv/row-cache.ts';
import { Accepted } from './accepted.ts';
import { Booking } from './booking.ts';
import { DecodeRun } from './decode-run.ts';
import { Outcome } from './outcome.ts';
import { Pace } from './pace.ts';
import {
  type DecodePlan,
  noAnswers,
  type Plan,
  type PrefillPlan,
  type StepAnswers,
  sequencesOf,
  type VerifyPlan,
} from './plan.ts';
import { PrefillRun } from './prefill-run.ts';
import { Queue } from './queue.ts';
import { Running } from './running.ts';
import type { Sequence, SequenceRequest } from './sequence.ts';
import { type Endings, giveUp } from './take-pick.ts';
import { Turns } from './turns.ts';
import { type Drafter, VerifyRun } from './verify-run.ts';

export interface SchedulerOptions {
  readonly cache: RowCache;
  /** The most sequences that hold a row at a time. */
  readonly maxRunning: number;
  /** The most prompt tokens of one prefill step, at least 2. */
  readonly chunkTokens: number;
  /** While prompts and decoding sequences both have work: so many chunks in a row (1) ... */
  readonly chunksPerTurn?: number;
  /** ... and then so many decode steps (1). */
  readonly decodesPerTurn?: number;
  /** Whether decode steps run over more rows than they must, to have few shapes (false). */
  readonly hasFewShapes?: boolean;
  /** Drafts for a sequence that runs alone; without one (null) each of its steps gives one token. */
  readonly drafter?: Drafter | null;
}

export interface SchedulerLoad {
  readonly runningCount: number;
  readonly waitingCount: number;
  readonly usedRowCount: number;
  /** Rows that keep a prefix, and are given away when they are needed. */
  readonly cachedRowCount: number;
  readonly freeRowCount: number;
  readonly usedCacheBytes: number;
}

export class Scheduler {
  /** What to report; the engine clears it when it has. */
  readonly outcome: Outcome;
  readonly #cache: RowCache;
  readonly #maxRunning: number;
  readonly #turns: Turns;
  readonly #pace: Pace;
  readonly #queue = new Queue();
  readonly #running: Running;
  readonly #prefillRun: PrefillRun;
  readonly #decodeRun: DecodeRun;
  readonly #verifyRun: VerifyRun | null;
  readonly #endings: Endings;
  readonly #booking: Booking;
  readonly #accepted: Accepted;
  #open: Plan | null = null;

  constructor(options: SchedulerOptions) {
    this.outcome = new Outcome(options.cache.rows.rowCount);
    this.#cache = options.cache;
    this.#accepted = new Accepted(options.cache.rows.contextLength);
    this.#maxRunning = options.maxRunning;
    this.#turns = new Turns(options.chunksPerTurn ?? 1, options.decodesPerTurn ?? 1);
    this.#running = new Running(options.cache, this.outcome);
    this.#pace = new Pace(options.chunkTokens);
    this.#prefillRun = new PrefillRun(this.#queue, this.#running, options.maxRunning);
    this.#decodeRun = new DecodeRun(this.#running, options.hasFewShapes ?? false);
    this.#verifyRun = options.drafter ? new VerifyRun(this.#running, options.drafter) : null;
    this.#endings = {
      outcome: this.outcome,
      remove: (sequence, isGood) => this.#remove(sequence, isGood),
    };
    this.#booking = new Booking({
      ...this.#endings,
      cache: this.#cache,
      pace: this.#pace,
      prefillRun: this.#prefillRun,
      verifyRun: this.#verifyRun,
    });
  }

  /** A row is its sequence's until that ends. */
  get preemptionCount(): number {
    return 0;
  }

  get load(): SchedulerLoad {
    const { rows } = this.#cache;
    return {
      runningCount: this.#running.count,
      waitingCount: this.#queue.size,
      usedRowCount: rows.usedRowCount,
      cachedRowCount: rows.cachedRowCount,
      freeRowCount: rows.freeRowCount,
      usedCacheBytes: rows.usedBytes,
    };
  }

  /** Takes a sequence into the queue. */
  submit(request: SequenceRequest): void {
    invariant(this.#open === null, 'sequences come between steps');
    const sequence = this.#accepted.add(request);
    this.#queue.add(sequence, this.#accepted.leaderOf(sequence, request.forkOf));
  }

  /** Ends a sequence and frees its row at once. One that has ended already is left alone. */
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
    this.#cache.forget();
  }

  /** What the next step shall do, or null when there is nothing to do. */
  plan(): Plan | null {
    invariant(this.#open === null, 'a plan is committed or failed before the next');
    const phase = this.#turns.next(this.#prefillRun.hasWork, this.#decodingCount > 0);
    if (phase === null) return null;
    if (phase === 'prefill') this.#open = this.#planPrefill();
    else this.#open = this.#planVerify() ?? this.#planDecode();
    return this.#open;
  }

  /**
   * Books a step that was carried out. `picks[i]` is the token for entry i of the plan, or what was
   * drawn after token i of a verify plan; the run took `runMs`, 0 where nobody looked.
   */
  commit(plan: Plan, picks: Int32Array, answers: StepAnswers = noAnswers, runMs = 0): void {
    this.#close(plan);
    this.#booking.book(plan, picks, answers, runMs);
  }

  /** Gives up the sequences that a step carried, and no other. */
  fail(plan: Plan, reason: string): void {
    this.#close(plan);
    this.#cache.undo(plan.copies);
    for (const sequence of sequencesOf(plan)) giveUp(this.#endings, sequence, reason);
  }

  checkIntegrity(): void {
    this.#running.checkIntegrity();
    this.#queue.checkIntegrity();
    for (const sequence of this.#accepted.all()) {
      const { phase, row } = sequence;
      const isWaiting = this.#queue.has(sequence);
      const isPrefilling = this.#prefillRun.has(sequence);
      invariant(phase !== 'ended', 'who has ended is gone');
      invariant(isWaiting === (phase === 'waiting'), 'the queue holds who waits');
      invariant(isPrefilling === (phase === 'prefilling'), 'the prefill knows its prompts');
      invariant(isWaiting || this.#running.at(row) === sequence, 'who does not wait runs');
    }
    const count = this.#running.count + this.#queue.size;
    invariant(count === this.#accepted.size, 'nobody is lost');
    invariant(this.#running.count <= this.#maxRunning, 'no more run than may');
  }

  get #decodingCount(): number {
    return this.#running.count - this.#prefillRun.count;
  }

  #planPrefill(): PrefillPlan {
    const { promptCount } = this.#prefillRun;
    return this.#prefillRun.plan(this.#pace.budget(promptCount, this.#decodingCount > 0));
  }

  /** Whoever waits will fill a hole for nothing; only without them a sequence is moved into it. */
  #planDecode(): DecodePlan {
    return this.#decodeRun.plan(this.#queue.size === 0 ? this.#running.compact() : []);
  }

  /** Nobody's prompt waits for a long step to end. */
  #planVerify(): VerifyPlan | null {
    return this.#prefillRun.hasWork ? null : (this.#verifyRun?.plan() ?? null);
  }

  #close(plan: Plan): void {
    invariant(plan === this.#open, 'the plan that was made last is committed or failed, once');
    this.#open = null;
  }

  /** Ends a sequence wherever it stands; its row is freed, or kept as a prefix where it is good. */
  #remove(sequence: Sequence, isGood: boolean): void {
    if (this.#prefillRun.has(sequence)) this.#prefillRun.end(sequence);
    if (sequence.phase === 'waiting') this.#queue.remove(sequence);
    else this.#running.release(sequence, isGood);
    this.#accepted.remove(sequence);
    sequence.end();
  }
}
