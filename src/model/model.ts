// Carries out a step plan: fills the graph's inputs, runs it, and hands out what it says. Decides
// nothing; a plan goes in, scores come out.

import { type Manifest, signatureSizes } from '../../models/manifest.ts';
import type { Session } from '../onnxruntime/session.ts';
import type { StepScores } from '../sampling/sampler.ts';
import type { DecodePlan, Plan, PrefillPlan } from '../scheduler/plan.ts';
import { CacheMemory } from './cache-memory.ts';
import { Lane } from './lane.ts';

export interface ModelOptions {
  /** Rows of the cache. */
  readonly rowCount: number;
  /** The most tokens that one prefill chunk may have. */
  readonly longestChunk: number;
}

/** The scores of one lane's last run; overwritten by its next. */
class LaneScores implements StepScores {
  readonly topScores: Float32Array; // [rows, candidates]
  readonly topIds: Int32Array; // [rows, candidates]
  readonly temperedLogNormalizers: Float32Array; // [rows]
  readonly #lane: Lane;
  readonly #vocabularySize: number;

  constructor(lane: Lane, vocabularySize: number) {
    this.topScores = lane.topScores;
    this.topIds = new Int32Array(lane.topIds.length);
    this.temperedLogNormalizers = lane.temperedLogNormalizer;
    this.#lane = lane;
    this.#vocabularySize = vocabularySize;
  }

  logitsRow(row: number): Float32Array {
    return this.#lane.logits.subarray(row * this.#vocabularySize, (row + 1) * this.#vocabularySize);
  }

  /** The graph's ids are 64 bits wide. */
  takeIds(count: number): void {
    const { topIds } = this.#lane;
    for (let index = 0; index < count; index++) this.topIds[index] = topIds.get(index);
  }
}

export class Model {
  readonly #cache: CacheMemory;
  readonly #decode: Lane;
  readonly #prefill: Lane;
  readonly #decodeScores: LaneScores;
  readonly #prefillScores: LaneScores;
  readonly #candidateCount: number;

  constructor(session: Session, manifest: Manifest, options: ModelOptions) {
    const sizes = signatureSizes(manifest);
    const { rowCount, longestChunk } = options;
    this.#cache = new CacheMemory(sizes, rowCount);
    this.#decode = new Lane(session, this.#cache, sizes, {
      tokens: rowCount,
      sequences: rowCount,
      rows: rowCount,
    });
    this.#prefill = new Lane(session, this.#cache, sizes, {
      tokens: longestChunk,
      sequences: 1,
      rows: 1,
    });
    this.#decodeScores = new LaneScores(this.#decode, sizes.vocabularySize);
    this.#prefillScores = new LaneScores(this.#prefill, sizes.vocabularySize);
    this.#candidateCount = sizes.candidateCount;
  }

  /**
   * One run of the graph. The scores have one row for each sequence of a decode plan, holes left
   * out, and one for the last token of a prefill chunk. Throws ONNX Runtime's error; the cache rows
   * of the plan's own sequences are then undefined, all others untouched.
   */
  run(plan: Plan): StepScores {
    return plan.kind === 'decode' ? this.#runDecode(plan) : this.#runPrefill(plan);
  }

  #runDecode(plan: DecodePlan): StepScores {
    const lane = this.#decode;
    if (plan.move !== null) {
      this.#cache.copyRow(plan.move.fromRow, plan.move.toRow, plan.move.tokenCount);
    }
    let scoreRow = 0;
    for (let row = 0; row < plan.rowCount; row++) {
      const sequence = plan.sequences[row]!;
      lane.inputIds.set(row, plan.tokens[row]!);
      lane.positionIds.set(row, plan.lengths[row]!);
      lane.seqlensK[row] = plan.lengths[row]!;
      if (sequence === null) continue;
      lane.logitsRows.set(scoreRow, row);
      lane.inverseTemperature[scoreRow] = sequence.sampling.inverseTemperature;
      scoreRow += 1;
    }
    lane.totalSequenceLength[0] = plan.totalLength;
    lane.run(plan.firstRow, plan.rowCount, 1, scoreRow);
    this.#decodeScores.takeIds(scoreRow * this.#candidateCount);
    return this.#decodeScores;
  }

  #runPrefill(plan: PrefillPlan): StepScores {
    const lane = this.#prefill;
    const tokenCount = plan.tokens.length;
    for (let index = 0; index < tokenCount; index++) {
      lane.inputIds.set(index, plan.tokens[index]!);
      lane.positionIds.set(index, plan.start + index);
    }
    const length = plan.start + tokenCount;
    lane.seqlensK[0] = length - 1;
    lane.totalSequenceLength[0] = length;
    // A chunk that is not the last is asked for its last row all the same: a graph has no run
    // without one.
    lane.logitsRows.set(0, tokenCount - 1);
    lane.inverseTemperature[0] = plan.sequence.sampling.inverseTemperature;
    lane.run(plan.row, 1, tokenCount, 1);
    this.#prefillScores.takeIds(this.#candidateCount);
    return this.#prefillScores;
  }

  dispose(): void {
    this.#decode.dispose();
    this.#prefill.dispose();
    this.#cache.dispose();
  }
}
