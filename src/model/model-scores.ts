// What a run of the graph says of each row it was asked about, as the sampler and the scoring read it.
// A normalizer costs as much as a twentieth of a step, so only those are asked for that will be read.

import type { SignatureSizes } from '../../models/gpt2/signature.ts';
import { readsNormalizer, type StepScores } from '../sampling/sampler.ts';
import { type PromptChunk, scoreRowCount } from '../scheduler/plan.ts';
import type { Sequence } from '../scheduler/sequence.ts';
import type { ScoreLane } from './lane.ts';

/** What a step says beyond what a draw needs. */
export interface ModelScores extends StepScores {
  /** log Σ exp(logits); `notAsked` where nobody wants log-probabilities. */
  readonly logNormalizers: Float32Array; // [rows]
  /** The logit of the token that a row was asked about. */
  readonly targetScores: Float32Array; // [rows]
  /** As `Lane` has it. */
  fetchRows(rows: Int32Array, first: number, end: number): number;
}

/** In place of a normalizer that was not asked for: any number of unseen tokens may weigh anything. */
export const notAsked = Number.POSITIVE_INFINITY;

const none = -1;

/** The scores of one lane's last run; overwritten by its next. */
export class LaneScores implements ModelScores {
  topScores: Float32Array; // [rows, candidates]
  readonly topIds: Int32Array; // [rows, candidates]
  readonly temperedLogNormalizers: Float32Array; // [rows]
  readonly logNormalizers: Float32Array; // [rows]
  targetScores: Float32Array; // [rows]
  readonly #lane: ScoreLane;
  readonly #sizes: SignatureSizes;
  /** Which of the lane's normalizers is a row's, or none. */
  readonly #plain: Int32Array; // [rows]
  readonly #tempered: Int32Array; // [rows]
  #rowCount = 0;
  #normalizerCount = 0;

  constructor(lane: ScoreLane, sizes: SignatureSizes) {
    const rowCount = lane.logitsRows.length;
    this.topScores = lane.topScores;
    this.topIds = new Int32Array(rowCount * sizes.candidateCount);
    this.temperedLogNormalizers = new Float32Array(rowCount);
    this.logNormalizers = new Float32Array(rowCount);
    this.targetScores = lane.targetScores;
    this.#lane = lane;
    this.#sizes = sizes;
    this.#plain = new Int32Array(rowCount);
    this.#tempered = new Int32Array(rowCount);
  }

  /** Rows asked about since `begin`. */
  get rowCount(): number {
    return this.#rowCount;
  }

  /** Normalizers asked for since `begin`. */
  get normalizerCount(): number {
    return this.#normalizerCount;
  }

  begin(): void {
    this.#rowCount = 0;
    this.#normalizerCount = 0;
  }

  /** Asks about the token of a sequence whose next one is drawn. */
  askForDraw(token: number, sequence: Sequence): void {
    this.ask(token, sequence.logprobCount !== null, this.#temperatureFor(sequence));
  }

  /**
   * Asks about a chunk whose first token is `firstToken` of the run. The last token's row is for the
   * draws of the sequence and its forks, if the chunk is the last.
   */
  askAbout(chunk: PromptChunk, firstToken: number): void {
    const { sequence, start, tokens, isLast, forks } = chunk;
    const isScored = sequence.scoredCount !== null;
    const drawers = isLast ? [sequence, ...forks] : [];
    const wantsLogprobs = drawers.some(({ logprobCount }) => logprobCount !== null);
    // Forks have their leader's temperature.
    const temperatures = drawers.map((drawer) => this.#temperatureFor(drawer));
    const temperature = temperatures.find((value) => value !== null) ?? null;
    const end = tokens.length;
    for (let place = end - scoreRowCount(chunk); place < end; place++) {
      // Of each token the next one; the prompt's last has none, and is asked about any.
      this.#lane.targetIds.set(this.#rowCount, sequence.promptIds[start + place + 1] ?? 0);
      const isLastToken = place === end - 1;
      const isAskedLogprobs = isScored || (isLastToken && wantsLogprobs);
      this.ask(firstToken + place, isAskedLogprobs, isLastToken ? temperature : null);
    }
  }

  /** Asks about a token of the run; which normalizers are wanted depends on who will read them. */
  ask(token: number, wantsLogprobs: boolean, inverseTemperature: number | null): void {
    const row = this.#rowCount++;
    this.#lane.logitsRows.set(row, token);
    this.#plain[row] = wantsLogprobs ? this.#askNormalizer(row, 1) : none;
    if (inverseTemperature === null) this.#tempered[row] = none;
    else if (inverseTemperature === 1 && wantsLogprobs) this.#tempered[row] = this.#plain[row]!;
    else this.#tempered[row] = this.#askNormalizer(row, inverseTemperature);
  }

  /** Takes what the run said; what was not asked for says so. */
  take(): void {
    const { topScores, topIds, targetScores, logNormalizer } = this.#lane;
    this.topScores = topScores;
    this.targetScores = targetScores;
    const idCount = this.#rowCount * this.#sizes.candidateCount;
    // The graph's ids are 64 bits wide.
    for (let index = 0; index < idCount; index++) this.topIds[index] = topIds.get(index);
    for (let row = 0; row < this.#rowCount; row++) {
      const plain = this.#plain[row]!;
      const tempered = this.#tempered[row]!;
      this.logNormalizers[row] = plain === none ? notAsked : logNormalizer[plain]!;
      this.temperedLogNormalizers[row] = tempered === none ? notAsked : logNormalizer[tempered]!;
    }
  }

  fetchRows(rows: Int32Array, first: number, end: number): number {
    return this.#lane.fetchRows(rows, first, end);
  }

  logitsRow(row: number): Float32Array {
    return this.#lane.logitsRow(row);
  }

  /** The inverse temperature of a draw that reads the normalizer; null where it does not. */
  #temperatureFor({ sampling }: Sequence): number | null {
    const { candidateCount } = this.#sizes;
    return readsNormalizer(sampling, candidateCount) ? sampling.inverseTemperature : null;
  }

  #askNormalizer(row: number, inverseTemperature: number): number {
    const index = this.#normalizerCount++;
    this.#lane.normalizerRows.set(index, row);
    this.#lane.inverseTemperature[index] = inverseTemperature;
    return index;
  }
}
