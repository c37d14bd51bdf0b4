// Picks the next token of a sequence from what the model says about it.

import type { SamplingParameters } from './parameters.ts';

/** What a step says about each row that was asked for logits. */
export interface StepScores {
  readonly topScores: Float32Array; // [rows, candidates] raw logits, best first, ties by lower id
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

export declare class Sampler {
  constructor(options: SamplerOptions);
  /** The token for `row` of `scores`, its sequence's `tokenIndex`-th. */
  pick(scores: StepScores, row: number, parameters: SamplingParameters, tokenIndex: number): number;
  /** Picks so far that the candidates could not decide. */
  get fullRowCount(): number;
}
