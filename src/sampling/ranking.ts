// The first places of a row, as the model's candidates show them, and what is thereby known of all
// others. Adjusted scores are ranked anew: if none was lifted, whoever still scores more than the
// last candidate did is where it belongs, for nobody behind can be above.

import type { Adjuster } from './adjuster.ts';

export interface RankedScores {
  readonly topScores: Float32Array; // [rows, candidates]
  readonly topIds: Int32Array; // [rows, candidates]
  readonly temperedLogNormalizers: Float32Array; // [rows]
}

interface Tempered {
  readonly inverseTemperature: number;
}

/**
 *     candidates      9.1   8.4   7.7   7.2   6.9   6.5    the rest of the row: 6.5 at most
 *     adjusted        9.1   4.4   7.7   7.2   6.0   6.5
 *     ranked anew     9.1   7.7   7.2   6.5 |  6.0   4.4
 *                     count = 4, certain    |  somewhere in the rest
 */
export class Ranking {
  readonly #vocabularySize: number;
  readonly #candidateCount: number;
  readonly #adjustedScores: Float32Array; // [candidates]
  readonly #adjustedIds: Int32Array; // [candidates]
  /** Places `first` and so on of these are the first `count` of the row, best first. */
  scores: Float32Array; // [any]
  ids: Int32Array; // [any]
  first = 0;
  count = 0;
  /** How many tokens there are to choose from, the ones shown included. */
  size = 0;
  /** Nobody behind the first `count` scores more. */
  ceiling = 0;
  /** Bounds of Σ exp((score - best) · inverseTemperature) over all tokens; 0 and ∞ if unknown. */
  totalLow = 0;
  totalHigh = 0;

  constructor(vocabularySize: number, candidateCount: number) {
    this.#vocabularySize = vocabularySize;
    this.#candidateCount = candidateCount;
    this.#adjustedScores = new Float32Array(candidateCount);
    this.#adjustedIds = new Int32Array(candidateCount);
    this.scores = this.#adjustedScores;
    this.ids = this.#adjustedIds;
  }

  /** The candidates of a row, as they are. */
  show(step: RankedScores, row: number, { inverseTemperature }: Tempered): void {
    const { topScores, topIds, temperedLogNormalizers } = step;
    const first = row * this.#candidateCount;
    this.scores = topScores;
    this.ids = topIds;
    this.first = first;
    this.count = this.#candidateCount;
    this.size = this.#vocabularySize;
    this.ceiling = topScores[first + this.count - 1]!;
    const best = topScores[first]! * inverseTemperature;
    this.#boundTotal(temperedLogNormalizers[row]!, best, best);
  }

  /** The candidates of a row, adjusted; none of them may be certain. */
  showAdjusted(
    step: RankedScores,
    row: number,
    { inverseTemperature }: Tempered,
    adjuster: Adjuster,
  ): void {
    const { topScores, topIds, temperedLogNormalizers } = step;
    const first = row * this.#candidateCount;
    const markedShown = this.#rank(topScores, topIds, first, adjuster);
    const last = first + this.#candidateCount - 1;
    this.scores = this.#adjustedScores;
    this.ids = this.#adjustedIds;
    this.first = 0;
    this.size = this.#vocabularySize - adjuster.excludedCount;
    this.count = adjuster.canLift ? 0 : this.#countCertain(topScores[last]!, topIds[last]!);
    if (this.count === 0) return;
    this.ceiling = Math.min(topScores[last]!, this.scores[this.count - 1]!);
    const best = this.scores[0]!;
    this.#boundTotal(
      temperedLogNormalizers[row]!,
      topScores[first]! * inverseTemperature,
      best * inverseTemperature,
    );
    this.#takeOff(topScores, first, inverseTemperature, adjuster.markedCount - markedShown);
  }

  /** Sorts what comes almost sorted; says how many scores may have changed. */
  #rank(topScores: Float32Array, topIds: Int32Array, first: number, adjuster: Adjuster): number {
    const scores = this.#adjustedScores;
    const ids = this.#adjustedIds;
    let markedCount = 0;
    for (let index = 0; index < this.#candidateCount; index += 1) {
      const id = topIds[first + index]!;
      const score = adjuster.adjusted(id, topScores[first + index]!);
      if (adjuster.isMarked(id)) markedCount += 1;
      let place = index;
      while (place > 0 && isBefore(score, id, scores[place - 1]!, ids[place - 1]!)) {
        scores[place] = scores[place - 1]!;
        ids[place] = ids[place - 1]!;
        place -= 1;
      }
      scores[place] = score;
      ids[place] = id;
    }
    return markedCount;
  }

  #countCertain(lastScore: number, lastId: number): number {
    // Candidates that are the whole vocabulary leave nobody to come between them.
    const isAll = this.#candidateCount === this.#vocabularySize;
    let count = 0;
    for (; count < this.#candidateCount; count += 1) {
      const score = this.#adjustedScores[count]!;
      if (score === Number.NEGATIVE_INFINITY) break;
      if (isAll || score > lastScore) continue;
      if (score < lastScore || this.#adjustedIds[count]! > lastId) break;
    }
    return count;
  }

  #boundTotal(temperedLogNormalizer: number, rawBest: number, best: number): void {
    const logTotal = temperedLogNormalizer - best;
    const error = errorOf(this.#vocabularySize, rawBest);
    this.totalLow = Math.exp(logTotal - error);
    this.totalHigh = Math.exp(logTotal + error);
    if (Number.isFinite(this.totalHigh)) return;
    this.totalLow = 0; // tempered beyond float32, or the best was taken far down
    this.totalHigh = Number.POSITIVE_INFINITY;
  }

  /** What the adjustments took off the total: known for the candidates, bounded for others. */
  #takeOff(
    topScores: Float32Array,
    first: number,
    inverseTemperature: number,
    othersMarked: number,
  ): void {
    const best = this.scores[0]!;
    let lost = 0;
    for (let index = 0; index < this.#candidateCount; index += 1) {
      lost += Math.exp((topScores[first + index]! - best) * inverseTemperature);
      lost -= Math.exp((this.scores[index]! - best) * inverseTemperature);
    }
    if (!Number.isFinite(lost)) {
      this.totalLow = 0;
      this.totalHigh = Number.POSITIVE_INFINITY;
      return;
    }
    this.totalHigh -= lost;
    this.totalLow -= lost + othersMarked * Math.exp((this.ceiling - best) * inverseTemperature);
  }
}

const isBefore = (score: number, id: number, otherScore: number, otherId: number) =>
  score > otherScore || (score === otherScore && id < otherId);

/**
 * How far the normalizer may be off, computed in float32 as it is. Tempering rounds the scores, by a
 * few units in the last place of the best. The sum runs in four lanes at least (MLAS's LogSoftmax
 * where it finds nothing better than 128-bit vectors), and each addition may lose half a unit in the
 * last place of its lane: in a row with one likely token and 50,000 unlikely ones, a quarter of the
 * unlikely ones is lost. The rest is exponentials and a logarithm.
 */
function errorOf(vocabularySize: number, bestTempered: number): number {
  return (vocabularySize / 4) * 2 ** -24 + Math.abs(bestTempered) * 2 ** -22 + 2e-6;
}
