// Carries out a step plan: fills the graph's inputs, runs it, and hands out what it says. Decides
// nothing; a plan goes in, scores come out.

import { type Manifest, signatureSizes } from '../../models/manifest.ts';
import type { Session } from '../onnxruntime/session.ts';
import { type DecodePlan, type Plan, type PrefillPlan, scoreRowCount } from '../scheduler/plan.ts';
import { CacheMemory } from './cache-memory.ts';
import { Lane } from './lane.ts';
import { LaneScores, type ModelScores } from './model-scores.ts';

export type { ModelScores } from './model-scores.ts';

export interface ModelOptions {
  /** Rows of the cache. */
  readonly rowCount: number;
  /** The most tokens that one prefill chunk may have. */
  readonly longestChunk: number;
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
    const { rowCount } = options;
    const longestChunk = Math.min(options.longestChunk, sizes.contextLength);
    this.#cache = new CacheMemory(sizes, rowCount);
    this.#decode = new Lane(session, this.#cache, sizes, {
      tokens: rowCount,
      sequences: rowCount,
      rows: rowCount,
    });
    this.#prefill = new Lane(session, this.#cache, sizes, {
      tokens: longestChunk,
      sequences: 1,
      rows: longestChunk,
    });
    this.#decodeScores = new LaneScores(this.#decode, sizes);
    this.#prefillScores = new LaneScores(this.#prefill, sizes);
    this.#candidateCount = sizes.candidateCount;
  }

  /**
   * One run of the graph. The scores have one row for each sequence of a decode plan, holes left
   * out, and one for the last token of a prefill chunk or, where it is scored, for each token.
   * Throws ONNX Runtime's error; the cache rows
   * of the plan's own sequences, and those that its copies fill, are then undefined.
   */
  run(plan: Plan): ModelScores {
    for (const { fromRow, toRow, tokenCount } of plan.copies) {
      this.#cache.copyRow(fromRow, toRow, tokenCount);
    }
    return plan.kind === 'decode' ? this.#runDecode(plan) : this.#runPrefill(plan);
  }

  #runDecode(plan: DecodePlan): ModelScores {
    const lane = this.#decode;
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

  #runPrefill(plan: PrefillPlan): ModelScores {
    const lane = this.#prefill;
    const tokenCount = plan.tokens.length;
    for (let index = 0; index < tokenCount; index++) {
      lane.inputIds.set(index, plan.tokens[index]!);
      lane.positionIds.set(index, plan.start + index);
    }
    const length = plan.start + tokenCount;
    lane.seqlensK[0] = length - 1;
    lane.totalSequenceLength[0] = length;
    const rowCount = scoreRowCount(plan);
    for (let row = 0; row < rowCount; row++) {
      const index = tokenCount - rowCount + row;
      lane.logitsRows.set(row, index);
      lane.inverseTemperature[row] = plan.sequence.sampling.inverseTemperature;
      // Of each token the next one; the prompt's last has none, and is asked about any.
      lane.targetIds.set(row, plan.sequence.promptIds[plan.start + index + 1] ?? 0);
    }
    lane.run(plan.row, 1, tokenCount, rowCount);
    for (const fork of plan.forks) this.#cache.copyRow(plan.row, fork.row, length);
    this.#prefillScores.takeIds(rowCount * this.#candidateCount);
    return this.#prefillScores;
  }

  dispose(): void {
    this.#decode.dispose();
    this.#prefill.dispose();
    this.#cache.dispose();
  }
}
