// Draws from all the scores of a row, where its best K tokens could not decide. Exact, and in the
// order in which the candidates are drawn from, so that both give the same token for the same
// uniform number.

import { invariant } from '../errors.ts';
import { Buckets } from './buckets.ts';
import { drawnFrom } from './cumulative.ts';
import { exponential } from './exponential.ts';
import type { SamplingParameters } from './parameters.ts';

export class FullRow {
  readonly #candidateCount: number;
  readonly #buckets: Buckets;
  readonly #ids: Int32Array; // [vocabulary], in the order of a draw without limits
  readonly #sums: Float64Array; // [vocabulary], the weights of these ids, added up

  constructor(vocabularySize: number, candidateCount: number) {
    this.#candidateCount = candidateCount;
    this.#buckets = new Buckets(vocabularySize);
    this.#ids = new Int32Array(vocabularySize);
    this.#sums = new Float64Array(vocabularySize);
  }

  /** The id drawn; the row's candidates begin at `first`. */
  draw(
    logits: Float32Array, // [vocabulary]
    topScores: Float32Array, // [rows x candidates]
    topIds: Int32Array, // [rows x candidates]
    first: number,
    parameters: SamplingParameters,
    uniform: number,
  ): number {
    const { inverseTemperature, topK, topP } = parameters;
    invariant(logits.length === this.#ids.length, 'a row has a score for each token');
    const hasLimit = topK > 0 && topK < logits.length;
    if (hasLimit || topP < 1) {
      checkSum(this.#buckets.load(logits, topScores[first]!, inverseTemperature));
      if (hasLimit) this.#buckets.keepBest(topK);
      if (topP < 1) this.#buckets.keepShare(topP);
      return this.#buckets.draw(uniform);
    }
    this.#addUp(logits, topScores, topIds, first, inverseTemperature);
    return this.#ids[drawnFrom(this.#sums, logits.length, uniform)]!;
  }

  /** Everybody: the candidates, best first, then the others by id. */
  #addUp(
    logits: Float32Array,
    topScores: Float32Array,
    topIds: Int32Array,
    first: number,
    inverseTemperature: number,
  ): void {
    const best = topScores[first]!;
    const lastScore = topScores[first + this.#candidateCount - 1]!;
    const lastId = topIds[first + this.#candidateCount - 1]!;
    let sum = 0;
    let count = 0;
    for (; count < this.#candidateCount; count += 1) {
      sum += exponential((topScores[first + count]! - best) * inverseTemperature);
      this.#ids[count] = topIds[first + count]!;
      this.#sums[count] = sum;
    }
    for (let id = 0; id < logits.length; id += 1) {
      const score = logits[id]!;
      if (score > lastScore || (score === lastScore && id <= lastId)) continue; // a candidate
      sum += exponential((score - best) * inverseTemperature);
      this.#ids[count] = id;
      this.#sums[count] = sum;
      count += 1;
    }
    checkSum(sum);
    invariant(count === logits.length, 'the candidates are the best of their row');
  }
}

function checkSum(sum: number): void {
  invariant(Number.isFinite(sum), 'every score is a finite number');
}
