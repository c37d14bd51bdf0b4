// Who runs next. Owns the sequences from the queue to their end, and decides each step: a chunk of a
// prompt or several whole prompts, one token for everybody who decodes, or a draft for one who decodes
// alone. Does not know the model, the threads or the clock.

import { invariant } from '../errors.ts';
import type { RowCache } from '../kv/row-cache.ts';
import { Booking } from './booking.ts';
import { DecodeRun } from './decode-run.ts';
import { Pace } from './pace.ts';
import {
  type DecodePlan,
  type Plan,
  type PrefillPlan,
  type StepAnswers,
  sequencesOf,
  type VerifyPlan,
} from './plan.ts';
import { PrefillRun } from './prefill-run.ts';
import { Running } from './running.ts';
import type { Sequence } from './sequence.ts';
import { type SchedulerLoad, StepByStep } from './step-by-step.ts';
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

export class Scheduler extends StepByStep<Plan> {
  readonly #cache: RowCache;
  readonly #maxRunning: number;
  readonly #turns: Turns;
  readonly #pace: Pace;
  readonly #running: Running;
  readonly #prefillRun: PrefillRun;
  readonly #decodeRun: DecodeRun;
  readonly #verifyRun: VerifyRun | null;
  readonly #booking: Booking;

  constructor(options: SchedulerOptions) {
    super(options.cache.rows.rowCount, options.cache.rows.contextLength);
    this.#cache = options.cache;
    this.#maxRunning = options.maxRunning;
    this.#turns = new Turns(options.chunksPerTurn ?? 1, options.decodesPerTurn ?? 1);
    this.#running = new Running(options.cache, this.outcome);
    this.#pace = new Pace(options.chunkTokens);
    this.#prefillRun = new PrefillRun(this.queue, this.#running, options.maxRunning);
    this.#decodeRun = new DecodeRun(this.#running, options.hasFewShapes ?? false);
    this.#verifyRun = options.drafter ? new VerifyRun(this.#running, options.drafter) : null;
    this.#booking = new Booking({
      ...this.endings,
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
      waitingCount: this.queue.size,
      usedRowCount: rows.usedRowCount,
      cachedRowCount: rows.cachedRowCount,
      freeRowCount: rows.freeRowCount,
      usedCacheBytes: rows.usedBytes,
    };
  }

  checkIntegrity(): void {
    this.#running.checkIntegrity();
    this.checkSequences(this.#running);
    for (const sequence of this.accepted.all()) {
      const isPrefilling = this.#prefillRun.has(sequence);
      invariant(
        isPrefilling === (sequence.phase === 'prefilling'),
        'the prefill knows its prompts',
      );
    }
    invariant(this.#running.count <= this.#maxRunning, 'no more run than may');
  }

  protected override forgetPrefixes(): void {
    this.#cache.forget();
  }

  protected override decide(): Plan | null {
    const phase = this.#turns.next(this.#prefillRun.hasWork, this.#decodingCount > 0);
    if (phase === null) return null;
    if (phase === 'prefill') return this.#planPrefill();
    return this.#planVerify() ?? this.#planDecode();
  }

  protected override book(
    plan: Plan,
    picks: Int32Array,
    answers: StepAnswers,
    runMs: number,
  ): void {
    this.#booking.book(plan, picks, answers, runMs);
  }

  protected override undo(plan: Plan): readonly Sequence[] {
    this.#cache.undo(plan.copies);
    return sequencesOf(plan);
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
    return this.#decodeRun.plan(this.queue.size === 0 ? this.#running.compact() : []);
  }

  /** Nobody's prompt waits for a long step to end. */
  #planVerify(): VerifyPlan | null {
    return this.#prefillRun.hasWork ? null : (this.#verifyRun?.plan() ?? null);
  }

  /** Ends a sequence wherever it stands; its row is freed, or kept as a prefix where it is good. */
  protected override remove(sequence: Sequence, isGood: boolean): void {
    if (this.#prefillRun.has(sequence)) this.#prefillRun.end(sequence);
    if (sequence.phase === 'waiting') this.queue.remove(sequence);
    else this.#running.release(sequence, isGood);
    this.accepted.remove(sequence);
    sequence.end();
  }
}
