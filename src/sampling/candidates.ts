// Draws from the best K tokens alone, whenever they decide. The weight of what they do not show lies
// between two bounds, hence so does the kept weight, and the point that the uniform number marks on
// it. If all of that interval falls on one candidate, the whole row would give that candidate too;
// if not, nobody is guessed at.

import { drawnFrom, firstAbove, firstReaching } from './cumulative.ts';
import { exponential } from './exponential.ts';
import type { SamplingParameters } from './parameters.ts';

export const undecided = -1;

/**
 * The vocabulary in the order of a draw, as weights relative to the best token's:
 *
 *     0        sums[0] = 1  sums[1]   ...   sums[K-1]       low          high
 *     |--------------|---------|-----|---|-|-|...............|.............|
 *                                               unseen tokens, which end in here
 *         ^------^
 *         uniform x low .. uniform x high: all of it on the best token, so that is it
 */
export class Candidates {
  readonly #vocabularySize: number;
  readonly #sums: Float64Array; // [candidates], the weight of each and of those before it
  #low = 0;
  #high = 0;

  constructor(vocabularySize: number, candidateCount: number) {
    this.#vocabularySize = vocabularySize;
    this.#sums = new Float64Array(candidateCount);
  }

  /** Which of the candidates that begin at `first` is drawn, or `undecided`. */
  draw(
    topScores: Float32Array, // [rows x candidates]
    first: number,
    temperedLogNormalizer: number,
    { inverseTemperature, topK, topP }: SamplingParameters,
    uniform: number,
  ): number {
    const limit = topK > 0 ? Math.min(topK, this.#vocabularySize) : this.#vocabularySize;
    const seen = Math.min(limit, this.#sums.length);
    const best = topScores[first]!;
    let sum = 0;
    let weight = 0;
    for (let index = 0; index < seen; index += 1) {
      weight = exponential((topScores[first + index]! - best) * inverseTemperature);
      sum += weight;
      this.#sums[index] = sum;
    }
    const logTotal = temperedLogNormalizer - best * inverseTemperature;
    const error = errorOf(this.#vocabularySize, best * inverseTemperature);
    this.#bound(limit, seen, weight, logTotal, error);
    // Contradicting bounds mean a normalizer less exact than thought: not to be relied on.
    return this.#low <= this.#high ? this.#locate(seen, weight, topP, uniform) : undecided;
  }

  /** How much all of the `limit` best tokens weigh. */
  #bound(limit: number, seen: number, last: number, logTotal: number, error: number): void {
    this.#low = this.#sums[seen - 1]!;
    this.#high = this.#low;
    if (limit === seen) return;
    this.#high += (limit - seen) * last; // none of the unseen weighs more than the last seen
    if (!Number.isFinite(logTotal)) return; // tempered beyond float32
    this.#high = Math.min(this.#high, Math.exp(logTotal + error));
    if (limit === this.#vocabularySize) {
      this.#low = Math.max(this.#low, Math.exp(logTotal - error));
    }
  }

  #locate(seen: number, last: number, topP: number, uniform: number): number {
    const sums = this.#sums;
    const shortest = firstReaching(sums, seen, topP * this.#low);
    const longest = firstReaching(sums, seen, topP * this.#high);
    if (shortest === longest && longest < seen) return drawnFrom(sums, longest + 1, uniform);
    // A nucleus that ends beyond what is seen oversteps its share by less than one token.
    const keptLow = shortest < seen ? sums[shortest]! : topP * this.#low;
    const keptHigh =
      longest < seen ? sums[longest]! : Math.min(this.#high, topP * this.#high + last);
    const index = firstAbove(sums, seen, uniform * keptLow);
    return index < seen && sums[index]! > uniform * keptHigh ? index : undecided;
  }
}

/**
 * How far the normalizer may be off, computed in float32 as it is. Tempering rounds the scores, by a
 * few units in the last place of the best. The sum runs in eight lanes (ONNX Runtime's ReduceSum on a
 * CPU; seen), and each addition may lose half a unit in the last place of its lane: in a row with one
 * likely token and 50,000 unlikely ones, an eighth of the unlikely ones is lost. The rest is
 * exponentials and a logarithm.
 */
function errorOf(vocabularySize: number, bestTempered: number): number {
  return (vocabularySize / 8) * 2 ** -24 + Math.abs(bestTempered) * 2 ** -22 + 2e-6;
}
