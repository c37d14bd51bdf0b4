// Picks the next token of a sequence from what the model says about it. The filters come in the
// usual order: temperature, the k best, of these the nucleus, then a draw; the token is the first,
// best before worse, whose cumulative probability exceeds a uniform number. Always exact: the
// candidates decide where they can, the whole row where they cannot.

import { invariant } from '../errors.ts';
import { Candidates, undecided } from './candidates.ts';
import { FullRow } from './full-row.ts';
import type { SamplingParameters } from './parameters.ts';
import { uniform } from './philox.ts';

/** What a step says of each row that was asked for its scores. */
export interface StepScores {
  readonly topScores: Float32Array; // [rows, candidates], raw logits, best first, ties by lower id
  readonly topIds: Int32Array; // [rows, candidates]
  /** log Σ exp(logits · inverseTemperature) */
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
  readonly #candidates: Candidates;
  readonly #fullRow: FullRow;
  #fullRowCount = 0;

  constructor({ vocabularySize, candidateCount }: SamplerOptions) {
    invariant(
      candidateCount > 0 && candidateCount <= vocabularySize,
      'the candidates are some of the vocabulary',
    );
    this.#vocabularySize = vocabularySize;
    this.#candidateCount = candidateCount;
    this.#candidates = new Candidates(vocabularySize, candidateCount);
    this.#fullRow = new FullRow(vocabularySize, candidateCount);
  }

  /** Draws so far that the candidates could not decide. */
  get fullRowCount(): number {
    return this.#fullRowCount;
  }

  /** The token for `row` of a step, the `tokenIndex`-th that its sequence generates. */
  pick(
    scores: StepScores,
    row: number,
    parameters: SamplingParameters,
    tokenIndex: number,
  ): number {
    const id = this.#draw(scores, row, parameters, tokenIndex);
    invariant(id >= 0 && id < this.#vocabularySize, 'a pick is a token of the vocabulary');
    return id;
  }

  #draw(
    scores: StepScores,
    row: number,
    parameters: SamplingParameters,
    tokenIndex: number,
  ): number {
    const { topScores, topIds } = scores;
    const first = row * this.#candidateCount;
    const logNormalizer = scores.temperedLogNormalizers[row]!;
    const { greedy, inverseTemperature, seedLow, seedHigh, sampleIndex } = parameters;
    const best = topScores[first]!;
    checkScores(best, topScores[first + this.#candidateCount - 1]!);
    checkNormalizer(logNormalizer, best, inverseTemperature);
    if (greedy) return topIds[first]!;

    const point = uniform(seedLow, seedHigh, sampleIndex, tokenIndex);
    const place = this.#candidates.draw(topScores, first, logNormalizer, parameters, point);
    if (place !== undecided) return topIds[first + place]!;

    this.#fullRowCount += 1;
    const logits = scores.logitsRow(row); // [vocabulary]
    return this.#fullRow.draw(logits, topScores, topIds, first, parameters, point);
  }
}

function checkScores(best: number, last: number): void {
  invariant(Number.isFinite(best) && Number.isFinite(last), 'every score is a finite number');
}

/** A temperature next to nothing takes the graph beyond float32; the candidates then do without. */
function checkNormalizer(logNormalizer: number, best: number, inverseTemperature: number): void {
  const largest = Math.fround((Math.abs(best) + 1) * inverseTemperature);
  invariant(
    Number.isFinite(logNormalizer) || !Number.isFinite(largest),
    'the normalizer is a finite number',
  );
}
