// What a step's scores make of its entries: a token for each that generates one, log-probabilities
// where they are asked for, and why a pick failed. All of it is valid until the next step. Whoever needs a
// whole row of scores waits for the others, so that the rows come together.

import { noScores, type TokenScore, type TokenScores } from '../kv/token-score.ts';
import type { ModelScores } from '../model/model.ts';
import { undecided } from '../sampling/candidates.ts';
import { NothingToChoose, ScoresNotFinite } from '../sampling/failures.ts';
import { Sampler, type SamplerOptions } from '../sampling/sampler.ts';
import type { MixedPlan } from '../scheduler/mixed-plan.ts';
import { noToken } from '../scheduler/outcome.ts';
import {
  failedPick,
  type PrefillPlan,
  type PromptChunk,
  type StepAnswers,
  scoreRowCount,
  unscoredCount,
  type VerifyPlan,
} from '../scheduler/plan.ts';
import type { Sequence } from '../scheduler/sequence.ts';
import { isSound, scoreOfPick, scoresOfTargets } from './scoring.ts';
import type { AnyPlan } from './step-parts.ts';
import { TextAhead } from './text-ahead.ts';
import { Undecided } from './undecided.ts';

const noPrompts: TokenScores[] = [];

/** What a pick is made by. */
type Means = 'candidates' | 'row';

export class Picker {
  readonly picks: Int32Array; // [entries of the plan]
  readonly #pickScores: (TokenScore | null)[]; // [entries of the plan]
  readonly #failures = new Map<number, string>(); // by entry of the plan
  readonly #sampler: Sampler;
  readonly #candidateCount: number;
  readonly #textAhead = new TextAhead();
  readonly #undecided: Undecided;

  /** `mostEntries`: of a plan. */
  constructor(mostEntries: number, options: SamplerOptions) {
    this.picks = new Int32Array(mostEntries);
    this.#pickScores = new Array<TokenScore | null>(mostEntries).fill(null);
    this.#sampler = new Sampler(options);
    this.#candidateCount = options.candidateCount;
    this.#undecided = new Undecided(mostEntries);
  }

  /** Picks so far that needed a whole row of scores. */
  get fullRowCount(): number {
    return this.#sampler.fullRowCount;
  }

  /**
   * Of a decode step the scores have a row for each sequence, the picks an entry for each row of the
   * cache; of a verify step both have one for each of its tokens, and of a mixed step they have what
   * mixed-plan.ts says.
   */
  pick(plan: AnyPlan, scores: ModelScores): StepAnswers {
    if (this.#failures.size > 0) this.#failures.clear();
    this.#undecided.clear(); // where a step broke off
    if (plan.kind === 'prefill') return this.#pickAfterChunks(plan, scores);
    if (plan.kind === 'verify') return this.#pickAlongDraft(plan, scores);
    if (plan.kind === 'mixed') return this.#pickAfterPieces(plan, scores);
    let scoreRow = 0;
    for (let row = 0; row < plan.rowCount; row++) {
      const sequence = plan.sequences[row]!;
      if (sequence !== null) this.#pickEntry(row, scores, scoreRow++, sequence);
    }
    this.#pickUndecided(scores);
    return this.#answers([]);
  }

  #pickAfterChunks(plan: PrefillPlan, scores: ModelScores): StepAnswers {
    let entry = 0;
    let scoreRow = 0;
    const promptScores = plan.chunks.map((chunk) => {
      const found = this.#pickAfterChunk(chunk, entry, scores, scoreRow);
      entry += 1 + chunk.forks.length;
      scoreRow += scoreRowCount(chunk);
      return found;
    });
    this.#pickUndecided(scores);
    return this.#answers(promptScores);
  }

  /** Of a decoding sequence there is one entry, and one row. */
  #pickAfterPieces(plan: MixedPlan, scores: ModelScores): StepAnswers {
    const { pieces, pieceCount, decodingCount } = plan;
    for (let index = 0; index < decodingCount; index++) {
      this.#pickEntry(index, scores, index, pieces[index]!.sequence);
    }
    const promptScores =
      decodingCount === pieceCount ? noPrompts : new Array<TokenScores>(pieceCount).fill(noScores);
    let entry = decodingCount;
    let scoreRow = decodingCount;
    for (let index = decodingCount; index < pieceCount; index++) {
      const piece = pieces[index]!;
      promptScores[index] = this.#pickAfterChunk(piece, entry, scores, scoreRow);
      entry += 1 + piece.forks.length;
      scoreRow += scoreRowCount(piece);
    }
    this.#pickUndecided(scores);
    return this.#answers(promptScores);
  }

  /** All of a chunk's entries are picked from its last row. */
  #pickAfterChunk(
    chunk: PromptChunk,
    firstEntry: number,
    scores: ModelScores,
    firstRow: number,
  ): TokenScores {
    const { sequence, tokens, forks, isLast } = chunk;
    const rowCount = scoreRowCount(chunk);
    const isChunkSound = this.#areSound(scores, firstRow, rowCount);
    for (const [index, each] of [sequence, ...forks].entries()) {
      const entry = firstEntry + index;
      this.picks[entry] = noToken;
      if (!isChunkSound) this.#fail(entry, new ScoresNotFinite());
      else if (isLast) this.#pickEntry(entry, scores, firstRow + rowCount - 1, each);
    }
    const asked = sequence.scoredCount;
    if (asked === null) return noScores;
    const targetCount = isLast ? tokens.length - 1 : tokens.length;
    const skipped = Math.min(targetCount, unscoredCount(chunk));
    return scoresOfTargets(scores, firstRow, targetCount, skipped, this.#candidateCount, asked);
  }

  /**
   * Picks on for as long as what is drawn is what was drafted; what is drawn after that is a pick, too,
   * unless a drafted stop token was drawn.
   */
  #pickAlongDraft({ sequence, tokens, tokenCount }: VerifyPlan, scores: ModelScores): StepAnswers {
    let pickCount = 0;
    let acceptedCount = 0;
    let isEnded = false;
    while (!isEnded && pickCount === acceptedCount) {
      this.#pickEntry(pickCount, scores, pickCount, sequence, pickCount);
      this.#pickUndecided(scores);
      const id = this.picks[pickCount]!;
      pickCount += 1;
      if (pickCount < tokenCount && id === tokens[pickCount]) acceptedCount += 1;
      isEnded = sequence.endsWith(id);
    }
    return this.#answers([], pickCount, acceptedCount);
  }

  #answers(
    promptScores: StepAnswers['promptScores'],
    draftPickCount = 0,
    acceptedCount = 0,
  ): StepAnswers {
    const failures = this.#failures;
    return { failures, pickScores: this.#pickScores, promptScores, draftPickCount, acceptedCount };
  }

  #areSound(scores: ModelScores, firstRow: number, rowCount: number): boolean {
    for (let row = firstRow; row < firstRow + rowCount; row++) {
      const isTargetSound = Number.isFinite(scores.targetScores[row]!);
      if (!isTargetSound || !isSound(scores, row, this.#candidateCount)) return false;
    }
    return true;
  }

  /** In rounds of as many rows as are fetched at once. */
  #pickUndecided(scores: ModelScores): void {
    const waiting = this.#undecided;
    const { entries, rows, ahead, count } = waiting;
    for (let place = 0; place < count; ) {
      const fetched = scores.fetchRows(rows, place, count);
      for (; place < fetched; place++) {
        const sequence = waiting.sequence(place);
        this.#pickEntry(entries[place]!, scores, rows[place]!, sequence, ahead[place]!, 'row');
      }
    }
    waiting.clear();
  }

  /** What is wrong with one sequence's scores or wishes is no reason to fail the others. */
  #pickEntry(
    entry: number,
    scores: ModelScores,
    scoreRow: number,
    sequence: Sequence,
    ahead = 0,
    means: Means = 'candidates',
  ): void {
    const { logprobCount, maxTokens } = sequence;
    if (maxTokens === 0) return;
    try {
      if (!isSound(scores, scoreRow, this.#candidateCount)) throw new ScoresNotFinite();
      const id = this.#pickOne(scores, scoreRow, sequence, ahead, means);
      if (id === undecided) {
        this.#undecided.add(entry, scoreRow, ahead, sequence);
        return;
      }
      this.picks[entry] = id;
      this.#pickScores[entry] =
        logprobCount === null
          ? null
          : scoreOfPick(scores, scoreRow, this.#candidateCount, id, logprobCount);
    } catch (error) {
      const isOfOne = error instanceof ScoresNotFinite || error instanceof NothingToChoose;
      if (!isOfOne) throw error;
      this.#fail(entry, error);
    }
  }

  #fail(entry: number, { message }: Error): void {
    this.picks[entry] = failedPick;
    this.#failures.set(entry, message);
  }

  /** The token that comes after so many of those that were foreseen. */
  #pickOne(
    scores: ModelScores,
    scoreRow: number,
    sequence: Sequence,
    ahead: number,
    means: Means,
  ): number {
    const text = this.#textAhead.show(sequence, ahead);
    const tokenIndex = sequence.tokenIndex + ahead;
    const { sampling } = sequence;
    return means === 'candidates'
      ? this.#sampler.pickByCandidates(scores, scoreRow, sampling, tokenIndex, text)
      : this.#sampler.pickByRow(scores, scoreRow, sampling, tokenIndex, text);
  }
}
