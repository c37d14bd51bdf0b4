// Draws from all the scores of a row, where its best K tokens could not decide. Exact, and in the
// order in which the candidates are drawn from, so that both give the same token for the same
// uniform number.

import { invariant } from '../errors.ts';
import { Buckets } from './buckets.ts';
import { drawnFrom } from './cumulative.ts';
import { exponential } from './exponential.ts';
import { ScoresNotFinite } from './failures.ts';
import { deepestKept, type SamplingParameters } from './parameters.ts';

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
    point: Float64Array, // [1], a uniform number
  ): number {
    const { inverseTemperature, minP, topK, topP, typicalP } = parameters;
    invariant(logits.length === this.#ids.length, 'a row has a score for each token');
    const hasLimit = topK > 0 && topK < logits.length;
    if (hasLimit || minP > 0 || topP < 1 || typicalP < 1) {
      this.#buckets.load(logits, topScores[first]!, inverseTemperature);
      if (this.#buckets.size < logits.length) throw new ScoresNotFinite();
      return this.#drawLoaded(parameters, point);
    }
    this.#addUp(logits, topScores, topIds, first, inverseTemperature);
    return this.#ids[drawnFrom(this.#sums, logits.length, point)]!;
  }

  /** The same where the candidates are not known; -Infinity excludes a token. */
  drawBestFirst(
    row: Float32Array, // [vocabulary]
    best: number,
    parameters: SamplingParameters,
    point: Float64Array, // [1], a uniform number
  ): number {
    this.#buckets.load(row, best, parameters.inverseTemperature);
    return this.#drawLoaded(parameters, point);
  }

  #drawLoaded(parameters: SamplingParameters, point: Float64Array): number {
    const { minP, topK, topP, topPCrossing, typicalP } = parameters;
    const buckets = this.#buckets;
    if (!Number.isFinite(buckets.kept)) throw new ScoresNotFinite();
    let limit = topK > 0 ? Math.min(topK, buckets.size) : buckets.size;
    if (minP > 0) limit = Math.min(limit, buckets.countWithin(deepestKept(parameters)));
    if (limit < buckets.size) buckets.keepNearest(limit);
    if (topP < 1 && topPCrossing === 'kept') buckets.keepShare(topP);
    if (topP < 1 && topPCrossing === 'dropped') buckets.keepWithinShare(topP);
    if (typicalP < 1) buckets.keepTypical(typicalP);
    return buckets.draw(point[0]!);
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
      if (!Number.isFinite(score)) throw new ScoresNotFinite();
      if (score > lastScore || (score === lastScore && id <= lastId)) continue; // a candidate
      sum += exponential((score - best) * inverseTemperature);
      this.#ids[count] = id;
      this.#sums[count] = sum;
      count += 1;
    }
    invariant(count === logits.length, 'the candidates are the best of their row');
  }
}
