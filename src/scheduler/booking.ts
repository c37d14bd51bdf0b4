// What becomes of the sequences that a step carried: what the cache holds of them now, the tokens they
// got, and which of them ended. Times are handed on to those who learn from them.

import type { RowCache } from '../kv/row-cache.ts';
import { narrowed, noScores } from '../kv/token-score.ts';
import type { Outcome } from './outcome.ts';
import type { Pace } from './pace.ts';
import {
  type DecodePlan,
  failedPick,
  type Plan,
  type PrefillPlan,
  type PromptChunk,
  type StepAnswers,
  type VerifyPlan,
} from './plan.ts';
import type { PrefillRun } from './prefill-run.ts';
import type { Sequence } from './sequence.ts';
import type { VerifyRun } from './verify-run.ts';

export interface BookingParts {
  readonly cache: RowCache;
  readonly outcome: Outcome;
  readonly pace: Pace;
  readonly prefillRun: PrefillRun;
  readonly verifyRun: VerifyRun | null;
  /** Ends a sequence; what its row holds may serve others where it is good. */
  readonly remove: (sequence: Sequence, isGood: boolean) => void;
}

export class Booking {
  readonly #parts: BookingParts;

  constructor(parts: BookingParts) {
    this.#parts = parts;
  }

  /** `picks` as of `Scheduler.commit`; the run took `runMs`. */
  book(plan: Plan, picks: Int32Array, answers: StepAnswers, runMs: number): void {
    if (plan.kind === 'verify') this.#bookDraft(plan, picks, answers, runMs);
    else if (plan.kind === 'prefill') this.#bookChunks(plan, picks, answers, runMs);
    else this.#bookTokens(plan, picks, answers, runMs);
  }

  giveUp(sequence: Sequence, reason: string): void {
    this.#parts.remove(sequence, false);
    this.#parts.outcome.addFailure(sequence.id, reason);
  }

  #bookTokens(plan: DecodePlan, picks: Int32Array, answers: StepAnswers, runMs: number): void {
    const { cache, pace, verifyRun } = this.#parts;
    pace.noteDecode(runMs);
    for (let index = 0; index < plan.rowCount; index += 1) {
      const sequence = plan.sequences[index]!;
      if (sequence === null) continue;
      cache.rows.append(sequence.row, 1);
      this.#take(sequence, index, picks, answers);
      if (plan.rowCount === 1) verifyRun?.stepped(sequence, runMs);
    }
  }

  #bookDraft(plan: VerifyPlan, picks: Int32Array, answers: StepAnswers, runMs: number): void {
    const { cache, verifyRun } = this.#parts;
    verifyRun!.checked(plan, answers, runMs);
    for (let index = 0; index < answers.draftPickCount; index += 1) {
      cache.rows.append(plan.sequence.row, 1);
      this.#take(plan.sequence, index, picks, answers);
    }
  }

  #bookChunks(plan: PrefillPlan, picks: Int32Array, answers: StepAnswers, runMs: number): void {
    const { chunks, width } = plan;
    // Scores of every token take a time of their own, and would pass for that of reading a prompt.
    const isScored = chunks.some(({ sequence }) => sequence.scoredCount !== null);
    if (!isScored) this.#parts.pace.notePrefill(chunks.length * width, runMs);
    let entry = 0;
    chunks.forEach((chunk, index) => {
      chunk.sequence.promptScores.append(answers.promptScores[index] ?? noScores);
      this.#bookChunk(chunk, entry, picks, answers);
      entry += 1 + chunk.forks.length;
    });
  }

  /** The chunk's entries of the plan are those from `first` on. */
  #bookChunk(chunk: PromptChunk, first: number, picks: Int32Array, answers: StepAnswers): void {
    const { sequence, forks } = chunk;
    const { cache, outcome, prefillRun } = this.#parts;
    cache.rows.append(sequence.row, chunk.tokens.length);
    if (!chunk.isLast) {
      if (picks[first] === failedPick) this.#take(sequence, first, picks, answers);
      return;
    }
    prefillRun.end(sequence);
    for (const fork of forks) cache.rows.append(fork.row, fork.promptIds.length);
    [sequence, ...forks].forEach((each, index) => {
      if (picks[first + index] !== failedPick) {
        outcome.addPrompt({
          id: each.id,
          cachedTokenCount: each.cachedTokenCount,
          scores: narrowed(sequence.promptScores.all, each.promptLogprobCount),
        });
      }
      this.#take(each, first + index, picks, answers);
    });
  }

  /** Books what was picked for an entry of the plan, or why nothing was. */
  #take(sequence: Sequence, entry: number, picks: Int32Array, answers: StepAnswers): void {
    const { outcome, remove } = this.#parts;
    const token = picks[entry]!;
    if (token === failedPick) {
      this.giveUp(sequence, answers.failures.get(entry)!);
    } else if (sequence.maxTokens === 0) {
      remove(sequence, true);
      outcome.addEnd(sequence.id, 'length');
    } else {
      const finish = sequence.accept(token);
      if (finish !== null) remove(sequence, true);
      outcome.add(sequence.id, token, finish, answers.pickScores[entry] ?? null);
    }
  }
}
