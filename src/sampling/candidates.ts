// Draws from the first places of a row alone, whenever they decide. The weight of what they do not
// show lies between two bounds, hence so does the kept weight, and the point that the uniform number
// marks on it. If all of that interval falls on one candidate, the whole row would give that
// candidate too; if not, nobody is guessed at.

import { drawnFrom, firstAbove, firstReaching } from './cumulative.ts';
import { exponential } from './exponential.ts';
import { deepestKept, type SamplingParameters } from './parameters.ts';
import type { Ranking } from './ranking.ts';
import { TypicalFew } from './typical-few.ts';

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
  readonly #sums: Float64Array; // [candidates], the weight of each and of those before it
  readonly #typical: TypicalFew;
  #low = 0;
  #high = 0;
  /** No unseen token weighs more. */
  #heaviest = 0;
  readonly #share = new Float64Array(1); // of the weight, what is looked for

  constructor(candidateCount: number) {
    this.#sums = new Float64Array(candidateCount);
    this.#typical = new TypicalFew(candidateCount);
  }

  /** Which place of the ranking a uniform number falls on, or `undecided`. */
  draw(
    ranking: Ranking,
    parameters: SamplingParameters,
    point: Float64Array, // [1]
  ): number {
    const { scores, first, size } = ranking;
    const { inverseTemperature, minP, topK } = parameters;
    const best = scores[first]!;
    const most = topK > 0 ? Math.min(topK, size) : size;
    const limit = minP > 0 ? likelyAmong(ranking, most, deepestKept(parameters)) : most;
    const seen = Math.min(limit, ranking.count);
    let sum = 0;
    for (let index = 0; index < seen; index += 1) {
      sum += exponential((scores[first + index]! - best) * inverseTemperature);
      this.#sums[index] = sum;
    }
    this.#heaviest = exponential((ranking.ceiling - best) * inverseTemperature);
    this.#bound(ranking, limit, seen, minP > 0);
    // Contradicting bounds mean a normalizer less exact than thought: not to be relied on.
    return this.#low <= this.#high ? this.#locate(ranking, seen, parameters, point) : undecided;
  }

  /** How much all of the `limit` best tokens weigh; fewer of them may be likely enough. */
  #bound(ranking: Ranking, limit: number, seen: number, isAtMost: boolean): void {
    this.#low = this.#sums[seen - 1]!;
    this.#high = this.#low;
    if (limit === seen) return;
    this.#high = Math.min(this.#high + (limit - seen) * this.#heaviest, ranking.totalHigh);
    if (limit === ranking.size && !isAtMost) this.#low = Math.max(this.#low, ranking.totalLow);
  }

  #locate(
    ranking: Ranking,
    seen: number,
    parameters: SamplingParameters,
    point: Float64Array,
  ): number {
    const { inverseTemperature, topP, topPCrossing, typicalP } = parameters;
    const sums = this.#sums;
    const drops = topP < 1 && topPCrossing === 'dropped';
    this.#share[0] = topP * this.#low;
    const shortest = this.#nucleusSize(seen, drops);
    this.#share[0] = topP * this.#high;
    const longest = this.#nucleusSize(seen, drops);
    if (shortest === longest && longest <= seen) {
      if (typicalP === 1) return drawnFrom(sums, longest, point);
      const { scores, first } = ranking;
      return this.#typical.draw(scores, first, longest, inverseTemperature, typicalP, point);
    }
    if (typicalP < 1) return undecided; // what is expected depends on all that are kept
    // A nucleus that ends beyond what is seen misses its share by less than one token.
    const under = drops ? this.#heaviest : 0;
    const over = drops ? 0 : this.#heaviest;
    const lowest = Math.max(sums[seen - 1]!, topP * this.#low - under);
    const highest = Math.min(this.#high, topP * this.#high + over);
    const keptLow = shortest <= seen ? sums[shortest - 1]! : lowest;
    const uniform = point[0]!;
    const keptHigh = longest <= seen ? sums[longest - 1]! : highest;
    this.#share[0] = uniform * keptLow;
    const index = firstAbove(sums, seen, this.#share);
    return index < seen && sums[index]! > uniform * keptHigh ? index : undecided;
  }

  /** How many of the best make up the share; more than `seen` if it does not end among them. */
  #nucleusSize(seen: number, drops: boolean): number {
    if (!drops) return firstReaching(this.#sums, seen, this.#share) + 1;
    const within = firstAbove(this.#sums, seen, this.#share);
    return within === seen ? seen + 1 : Math.max(1, within);
  }
}

/** How many of the `most` best are likely enough, as far as the ranking shows; never too few. */
function likelyAmong(ranking: Ranking, most: number, deepest: number): number {
  const { scores, first, count, ceiling } = ranking;
  const best = scores[first]!;
  if (best - ceiling <= deepest) return most; // perhaps everybody is
  let likely = 1;
  while (likely < count && best - scores[first + likely]! <= deepest) likely += 1;
  return Math.min(likely, most);
}
