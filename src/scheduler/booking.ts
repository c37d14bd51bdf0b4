// What becomes of the sequences that a step carried: what the cache holds of them now, the tokens they
// got, and which of them ended. Times are handed on to those who learn from them.

import type { RowCache } from '../kv/row-cache.ts';
import { noScores } from '../kv/token-score.ts';
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
import { type Endings, takeFirstPick, takePick } from './take-pick.ts';
import type { VerifyRun } from './verify-run.ts';

export interface BookingParts extends Endings {
  readonly cache: RowCache;
  readonly pace: Pace;
  readonly prefillRun: PrefillRun;
  readonly verifyRun: VerifyRun | null;
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

  #bookTokens(plan: DecodePlan, picks: Int32Array, answers: StepAnswers, runMs: number): void {
    const { cache, pace, verifyRun } = this.#parts;
    pace.noteDecode(runMs);
    for (let index = 0; index < plan.rowCount; index += 1) {
      const sequence = plan.sequences[index]!;
      if (sequence === null) continue;
      cache.rows.append(sequence.row, 1);
      takePick(this.#parts, sequence, index, picks, answers);
      if (plan.rowCount === 1) verifyRun?.stepped(sequence, runMs);
    }
  }

  #bookDraft(plan: VerifyPlan, picks: Int32Array, answers: StepAnswers, runMs: number): void {
    const { cache, verifyRun } = this.#parts;
    verifyRun!.checked(plan, answers, runMs);
    for (let index = 0; index < answers.draftPickCount; index += 1) {
      cache.rows.append(plan.sequence.row, 1);
      takePick(this.#parts, plan.sequence, index, picks, answers);
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
    const { cache, prefillRun } = this.#parts;
    cache.rows.append(sequence.row, chunk.tokens.length);
    if (!chunk.isLast) {
      if (picks[first] === failedPick) takePick(this.#parts, sequence, first, picks, answers);
      return;
    }
    prefillRun.end(sequence);
    for (const fork of forks) cache.rows.append(fork.row, fork.promptIds.length);
    [sequence, ...forks].forEach((each, index) => {
      takeFirstPick(this.#parts, each, sequence, first + index, picks, answers);
    });
  }
}
