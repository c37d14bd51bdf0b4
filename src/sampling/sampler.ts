// Picks the next token of a sequence from what the model says about it. First the adjustments of
// scores, then temperature, then the filters in the order in which `parameters.ts` has them, then a
// draw; the token is the first, in the order of the draw, whose cumulative probability exceeds a
// uniform number. The order is best first; most typical first among typical tokens. Always exact: the
// candidates decide where they can, the whole row where they cannot.

import { invariant } from '../errors.ts';
import { Adjuster } from './adjuster.ts';
import { Candidates, undecided } from './candidates.ts';
import { ScoresNotFinite } from './failures.ts';
import { FullRow } from './full-row.ts';
import type { SamplingParameters, ScoreAdjustments } from './parameters.ts';
import { writeUniform } from './philox.ts';
import { Ranking } from './ranking.ts';
import type { TextSoFar } from './text-so-far.ts';

/** What a step says of each row that was asked for its scores. */
export interface StepScores {
  readonly topScores: Float32Array; // [rows, candidates], raw logits, best first, ties by lower id
  readonly topIds: Int32Array; // [rows, candidates]
  /** log Σ exp(logits · inverseTemperature); ∞ where no draw reads it. */
  readonly temperedLogNormalizers: Float32Array; // [rows]
  /** The raw logits of a row; called only when the candidates cannot decide. */
  logitsRow(row: number): Float32Array; // [vocabulary]
}

export interface SamplerOptions {
  readonly vocabularySize: number;
  readonly candidateCount: number;
}

export class Sampler {
  readonly #vocabularySize: number;
  readonly #candidateCount: number;
  readonly #ranking: Ranking;
  readonly #candidates: Candidates;
  readonly #fullRow: FullRow;
  readonly #adjuster: Adjuster;
  readonly #point = new Float64Array(1); // the uniform number of the pick under way
  #fullRowCount = 0;

  constructor({ vocabularySize, candidateCount }: SamplerOptions) {
    invariant(
      candidateCount > 0 && candidateCount <= vocabularySize,
      'the candidates are some of the vocabulary',
    );
    this.#vocabularySize = vocabularySize;
    this.#candidateCount = candidateCount;
    this.#ranking = new Ranking(vocabularySize, candidateCount);
    this.#candidates = new Candidates(candidateCount);
    this.#fullRow = new FullRow(vocabularySize, candidateCount);
    this.#adjuster = new Adjuster(vocabularySize);
  }

  /** Picks so far that the candidates could not decide. */
  get fullRowCount(): number {
    return this.#fullRowCount;
  }

  /**
   * The token for `row` of a step, the `tokenIndex`-th that its sequence generates, after `text`.
   * Throws `ScoresNotFinite` or `NothingToChoose` where model or request leave no answer.
   */
  pick(
    scores: StepScores,
    row: number,
    parameters: SamplingParameters,
    tokenIndex: number,
    text: TextSoFar,
  ): number {
    const id = this.pickByCandidates(scores, row, parameters, tokenIndex, text);
    return id === undecided ? this.pickByRow(scores, row, parameters, tokenIndex, text) : id;
  }

  /** As `pick`, without the row's logits; `undecided` where these are needed. */
  pickByCandidates(
    scores: StepScores,
    row: number,
    parameters: SamplingParameters,
    tokenIndex: number,
    text: TextSoFar,
  ): number {
    const { greedy, adjustments } = parameters;
    const first = row * this.#candidateCount;
    checkScores(scores, first, this.#candidateCount);
    checkNormalizer(scores, row, first, parameters);
    if (!greedy) writeUniform(this.#point, parameters, tokenIndex);
    const id =
      adjustments === null
        ? this.#draw(scores, row, parameters)
        : this.#drawAdjusted(scores, row, parameters, adjustments, text);
    return id === undecided ? undecided : this.#known(id);
  }

  /** As `pick`, where the candidates are known not to decide. */
  pickByRow(
    scores: StepScores,
    row: number,
    parameters: SamplingParameters,
    tokenIndex: number,
    text: TextSoFar,
  ): number {
    const { greedy, adjustments } = parameters;
    const { topScores, topIds } = scores;
    this.#fullRowCount += 1;
    if (!greedy) writeUniform(this.#point, parameters, tokenIndex);
    const logits = scores.logitsRow(row); // [vocabulary]
    if (adjustments === null) {
      const first = row * this.#candidateCount;
      return this.#known(
        this.#fullRow.draw(logits, topScores, topIds, first, parameters, this.#point),
      );
    }
    this.#adjuster.prepare(adjustments, text);
    const adjusted = this.#adjuster.adjustedRow(logits); // [vocabulary]
    const best = bestOf(adjusted);
    if (greedy) return this.#known(best);
    return this.#known(
      this.#fullRow.drawBestFirst(adjusted, adjusted[best]!, parameters, this.#point),
    );
  }

  #draw(scores: StepScores, row: number, parameters: SamplingParameters): number {
    const { topIds } = scores;
    const first = row * this.#candidateCount;
    if (parameters.greedy) return topIds[first]!;
    this.#ranking.show(scores, row, parameters);
    const place = this.#candidates.draw(this.#ranking, parameters, this.#point);
    return place === undecided ? undecided : topIds[first + place]!;
  }

  #drawAdjusted(
    scores: StepScores,
    row: number,
    parameters: SamplingParameters,
    adjustments: ScoreAdjustments,
    text: TextSoFar,
  ): number {
    const ranking = this.#ranking;
    this.#adjuster.prepare(adjustments, text);
    ranking.showAdjusted(scores, row, parameters, this.#adjuster);
    if (ranking.count === 0) return undecided;
    const { greedy } = parameters;
    const place = greedy ? 0 : this.#candidates.draw(ranking, parameters, this.#point);
    return place === undecided ? undecided : ranking.ids[place]!;
  }

  #known(id: number): number {
    invariant(id >= 0 && id < this.#vocabularySize, 'a pick is a token of the vocabulary');
    return id;
  }
}

/** The id of the greatest score, the first of equal ones. */
export function bestOf(row: Float32Array): number {
  let best = 0;
  for (let id = 1; id < row.length; id += 1) if (row[id]! > row[best]!) best = id;
  return best;
}

// Rows and parameters are handed over whole: a number with a fraction, alone, may be put on the heap.

function checkScores({ topScores }: StepScores, first: number, candidateCount: number): void {
  const isSound =
    Number.isFinite(topScores[first]!) && Number.isFinite(topScores[first + candidateCount - 1]!);
  if (!isSound) throw new ScoresNotFinite();
}

/** A temperature next to nothing takes the graph beyond float32; the candidates then do without. */
function checkNormalizer(
  { topScores, temperedLogNormalizers }: StepScores,
  row: number,
  first: number,
  { inverseTemperature }: SamplingParameters,
): void {
  if (!Number.isNaN(temperedLogNormalizers[row]!)) return;
  const largest = Math.fround((Math.abs(topScores[first]!) + 1) * inverseTemperature);
  if (Number.isFinite(largest)) throw new ScoresNotFinite();
}

/**
 * Whether a draw may need to know what all tokens weigh together. It does not where it takes the best
 * token, nor where it is among so few of the best that all of them are candidates.
 */
export function readsNormalizer(parameters: SamplingParameters, candidateCount: number): boolean {
  const { greedy, adjustments, topK } = parameters;
  if (greedy) return false;
  return adjustments !== null || topK === 0 || topK > candidateCount;
}
