// What a scheduler promises, whatever its cache is made of. Decide, do, commit: between `plan` and `commit`
// or `fail` nothing else is called. Every accepted sequence ends exactly once, in `outcome`.

import { invariant } from '../errors.ts';
import { Accepted } from './accepted.ts';
import { Outcome } from './outcome.ts';
import { noAnswers, type StepAnswers } from './plan.ts';
import { Queue } from './queue.ts';
import type { Sequence, SequenceRequest } from './sequence.ts';
import { type Endings, giveUp } from './take-pick.ts';

export interface SchedulerLoad {
  readonly runningCount: number;
  readonly waitingCount: number;
  /** Over a cache of blocks these count blocks. */
  readonly usedRowCount: number;
  /** Rows that keep a prefix, and are given away when they are needed. */
  readonly cachedRowCount: number;
  readonly freeRowCount: number;
  readonly usedCacheBytes: number;
}

/** Those who hold a part of the cache. */
interface Holders {
  readonly count: number;
  at(place: number): Sequence | null;
}

export abstract class StepByStep<P> {
  /** What to report; the engine clears it when it has. */
  readonly outcome: Outcome;
  protected readonly queue = new Queue();
  protected readonly accepted: Accepted;
  protected readonly endings: Endings;
  #open: P | null = null;

  constructor(mostRunning: number, contextLength: number) {
    this.outcome = new Outcome(mostRunning);
    this.accepted = new Accepted(contextLength);
    this.endings = {
      outcome: this.outcome,
      remove: (sequence, isGood) => this.remove(sequence, isGood),
    };
  }

  /** Takes a sequence into the queue. */
  submit(request: SequenceRequest): void {
    invariant(this.#open === null, 'sequences come between steps');
    const sequence = this.accepted.add(request);
    this.queue.add(sequence, this.accepted.leaderOf(sequence, request.forkOf));
  }

  /** Ends a sequence and frees what it holds at once. One that has ended already is left alone. */
  abort(id: number): void {
    invariant(this.#open === null, 'sequences are aborted between steps');
    const sequence = this.accepted.get(id);
    if (sequence === null) return;
    this.remove(sequence, true);
    this.outcome.addEnd(id, 'abort');
  }

  /** Nothing that was computed so far is reused for sequences to come. */
  forget(): void {
    invariant(this.#open === null, 'prefixes are forgotten between steps');
    this.forgetPrefixes();
  }

  /** What the next step shall do, or null when there is nothing to do. */
  plan(): P | null {
    invariant(this.#open === null, 'a plan is committed or failed before the next');
    this.#open = this.decide();
    return this.#open;
  }

  /**
   * Books a step that was carried out. `picks[i]` is the token for entry i of the plan, or what was
   * drawn after token i of a verify plan; the run took `runMs`, 0 where nobody looked.
   */
  commit(plan: P, picks: Int32Array, answers: StepAnswers = noAnswers, runMs = 0): void {
    this.#close(plan);
    this.book(plan, picks, answers, runMs);
  }

  /** Gives up the sequences that a step carried, and no other. */
  fail(plan: P, reason: string): void {
    this.#close(plan);
    for (const sequence of this.undo(plan)) giveUp(this.endings, sequence, reason);
  }

  protected abstract forgetPrefixes(): void;

  protected abstract decide(): P | null;

  protected abstract book(plan: P, picks: Int32Array, answers: StepAnswers, runMs: number): void;

  /** What a failed step was to fill is undefined; returns whom it carried. */
  protected abstract undo(plan: P): readonly Sequence[];

  /** Ends a sequence wherever it stands; what the cache holds of it is kept where it is good. */
  protected abstract remove(sequence: Sequence, isGood: boolean): void;

  protected checkSequences(running: Holders): void {
    this.queue.checkIntegrity();
    for (const sequence of this.accepted.all()) {
      const { phase, row } = sequence;
      const isWaiting = this.queue.has(sequence);
      invariant(phase !== 'ended', 'who has ended is gone');
      invariant(isWaiting === (phase === 'waiting'), 'the queue holds who waits');
      invariant(isWaiting || running.at(row) === sequence, 'who does not wait runs');
    }
    const count = running.count + this.queue.size;
    invariant(count === this.accepted.size, 'nobody is lost');
  }

  #close(plan: P): void {
    invariant(plan === this.#open, 'the plan that was made last is committed or failed, once');
    this.#open = null;
  }
}
