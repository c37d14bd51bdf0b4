// Draws a typical one of a few tokens. Surprise is log Z - score / temperature, and so the token whose
// surprise is nearest to the expected surprise is the one whose score is nearest to the expected score:
// no logarithm is needed (Meister et al., "Locally Typical Sampling", 2022).

import { drawnFrom, firstReaching } from './cumulative.ts';
import { exponential } from './exponential.ts';

export class TypicalFew {
  readonly #places: Int32Array; // [most], most typical first
  readonly #distances: Float64Array; // [most], of these
  readonly #sums: Float64Array; // [most], the weights of these, added up
  readonly #share = new Float64Array(1);

  constructor(most: number) {
    this.#places = new Int32Array(most);
    this.#distances = new Float64Array(most);
    this.#sums = new Float64Array(most);
  }

  /** Which of the `count` scores that begin at `first`, best first, is drawn from the typical ones. */
  draw(
    scores: Float32Array,
    first: number,
    count: number,
    inverseTemperature: number,
    share: number,
    point: Float64Array, // [1], a uniform number
  ): number {
    const best = scores[first]!;
    let weights = 0;
    let depths = 0;
    for (let place = 0; place < count; place += 1) {
      const depth = best - scores[first + place]!;
      const weight = exponential(-depth * inverseTemperature);
      weights += weight;
      depths += weight * depth;
    }
    this.#rank(scores, first, count, depths / weights);
    let sum = 0;
    for (let index = 0; index < count; index += 1) {
      const depth = best - scores[first + this.#places[index]!]!;
      sum += exponential(-depth * inverseTemperature);
      this.#sums[index] = sum;
    }
    this.#share[0] = share * sum;
    const kept = Math.min(firstReaching(this.#sums, count, this.#share) + 1, count);
    return this.#places[drawnFrom(this.#sums, kept, point)]!;
  }

  /** By distance from the expected depth; equal ones stay in their order. */
  #rank(scores: Float32Array, first: number, count: number, expected: number): void {
    for (let place = 0; place < count; place += 1) {
      const distance = Math.abs(scores[first]! - scores[first + place]! - expected);
      let index = place;
      for (; index > 0 && this.#distances[index - 1]! > distance; index -= 1) {
        this.#distances[index] = this.#distances[index - 1]!;
        this.#places[index] = this.#places[index - 1]!;
      }
      this.#distances[index] = distance;
      this.#places[index] = place;
    }
  }
}
