// What becomes of the sequences that a mixed step carried: what their blocks hold now, the tokens
// they got, and which of them ended.

import { noScores } from '../../kv/token-score.ts';
import type { MixedPlan, Piece } from '../mixed-plan.ts';
import { failedPick, type StepAnswers } from '../plan.ts';
import type { Queue } from '../queue.ts';
import { type Endings, takeFirstPick, takePick } from '../take-pick.ts';
import type { MixedPace } from './mixed-pace.ts';
import type { PagedRunning } from './paged-running.ts';

export interface MixedBookingParts extends Endings {
  readonly queue: Queue;
  readonly running: PagedRunning;
  readonly pace: MixedPace;
}

export class MixedBooking {
  readonly #parts: MixedBookingParts;

  constructor(parts: MixedBookingParts) {
    this.#parts = parts;
  }

  /** `picks` as of `PagedScheduler.commit`; the run took `runMs`. */
  book(plan: MixedPlan, picks: Int32Array, answers: StepAnswers, runMs: number): void {
    const { decodingCount, pieceCount, pieces } = plan;
    this.#noteTime(plan, runMs);
    for (let index = 0; index < decodingCount; index += 1) {
      const { sequence } = pieces[index]!;
      this.#parts.running.cache.appendGenerated(sequence.row);
      takePick(this.#parts, sequence, index, picks, answers);
    }
    let entry = decodingCount;
    for (let index = decodingCount; index < pieceCount; index += 1) {
      const piece = pieces[index]!;
      piece.sequence.promptScores.append(answers.promptScores[index] ?? noScores);
      this.#bookPrompt(piece, entry, picks, answers);
      entry += 1 + piece.forks.length;
    }
  }

  /** The piece's entries of the plan are those from `first` on. */
  #bookPrompt(piece: Piece, first: number, picks: Int32Array, answers: StepAnswers): void {
    const { sequence, tokens, isLast, forks } = piece;
    const { running, queue } = this.#parts;
    running.cache.appendPrefilled(sequence.row, tokens.length);
    if (!isLast) {
      if (picks[first] === failedPick) takePick(this.#parts, sequence, first, picks, answers);
      return;
    }
    queue.disband(sequence);
    running.completePrompt(sequence, forks);
    takeFirstPick(this.#parts, sequence, sequence, first, picks, answers);
    forks.forEach((fork, index) => {
      takeFirstPick(this.#parts, fork, sequence, first + 1 + index, picks, answers);
    });
  }

  /** Scores of every token take a time of their own, and would pass for that of reading a prompt. */
  #noteTime({ pieces, pieceCount, decodingCount, tokenCount }: MixedPlan, runMs: number): void {
    const { pace } = this.#parts;
    if (pieceCount === decodingCount) {
      pace.noteDecode(runMs);
      return;
    }
    for (let index = decodingCount; index < pieceCount; index += 1) {
      if (pieces[index]!.sequence.scoredCount !== null) return;
    }
    pace.noteMixed(tokenCount, runMs);
  }
}
