// What a run of the graph says of each row it was asked about, as the sampler and the scoring read it.

import type { SignatureSizes } from '../../models/gpt2/signature.ts';
import type { StepScores } from '../sampling/sampler.ts';
import type { Lane } from './lane.ts';

/** What a step says beyond what a draw needs. */
export interface ModelScores extends StepScores {
  /** log Σ exp(logits) */
  readonly logNormalizers: Float32Array; // [rows]
  /** The logit of the token that a row was asked about. */
  readonly targetScores: Float32Array; // [rows]
}

/** The scores of one lane's last run; overwritten by its next. */
export class LaneScores implements ModelScores {
  readonly topScores: Float32Array; // [rows, candidates]
  readonly topIds: Int32Array; // [rows, candidates]
  readonly temperedLogNormalizers: Float32Array; // [rows]
  readonly logNormalizers: Float32Array; // [rows]
  readonly targetScores: Float32Array; // [rows]
  readonly #lane: Lane;
  readonly #sizes: SignatureSizes;

  constructor(lane: Lane, sizes: SignatureSizes) {
    this.topScores = lane.topScores;
    this.topIds = new Int32Array(lane.topIds.length);
    this.temperedLogNormalizers = lane.temperedLogNormalizer;
    this.logNormalizers = lane.logNormalizer;
    this.targetScores = lane.targetScores;
    this.#lane = lane;
    this.#sizes = sizes;
  }

  logitsRow(row: number): Float32Array {
    const { vocabularySize } = this.#sizes;
    return this.#lane.logits.subarray(row * vocabularySize, (row + 1) * vocabularySize);
  }

  /** The graph's ids are 64 bits wide. */
  takeIds(count: number): void {
    const { topIds } = this.#lane;
    for (let index = 0; index < count; index++) this.topIds[index] = topIds.get(index);
  }
}
