// Carries out a step plan: fills the graph's inputs, runs it, and hands out what it says. Decides
// nothing; a plan goes in, scores come out.

import { type Manifest, signatureSizes } from '../../models/manifest.ts';
import type { DecodePlan, Plan, PrefillPlan, PromptChunk, VerifyPlan } from '../scheduler/plan.ts';
import type { Backend } from './backend.ts';
import type { CacheMemory } from './cache-memory.ts';
import type { Lane } from './lane.ts';
import { LaneScores, type ModelScores } from './model-scores.ts';

export type { ModelScores } from './model-scores.ts';

export interface ModelOptions {
  /** Rows of the cache. */
  readonly rowCount: number;
  /** The most tokens that one prefill step may have, padding included. */
  readonly longestChunk: number;
  /** The most tokens that are drafted; 0: there are no verify plans. */
  readonly longestDraft: number;
}

export class Model {
  readonly #cache: CacheMemory;
  readonly #decode: Lane;
  readonly #prefill: Lane;
  readonly #verify: Lane | null;
  readonly #decodeScores: LaneScores;
  readonly #prefillScores: LaneScores;
  readonly #verifyScores: LaneScores | null;

  constructor(backend: Backend, manifest: Manifest, options: ModelOptions) {
    const sizes = signatureSizes(manifest);
    const { rowCount, longestDraft } = options;
    const prefillTokens = Math.min(options.longestChunk, rowCount * sizes.contextLength);
    const cache = backend.cache(sizes, rowCount);
    this.#cache = cache;
    this.#prefill = backend.lane('prefill', cache, sizes, {
      tokens: prefillTokens,
      sequences: rowCount,
      rows: prefillTokens,
    });
    this.#decode = backend.lane('decode', cache, sizes, {
      tokens: rowCount,
      sequences: rowCount,
      rows: rowCount,
    });
    this.#decodeScores = new LaneScores(this.#decode, sizes);
    this.#prefillScores = new LaneScores(this.#prefill, sizes);
    const verified = longestDraft + 1;
    const verify = { tokens: verified, sequences: 1, rows: verified };
    this.#verify = longestDraft === 0 ? null : backend.lane('verify', cache, sizes, verify);
    this.#verifyScores = this.#verify === null ? null : new LaneScores(this.#verify, sizes);
  }

  /**
   * One run of the graph. The scores have one row for each sequence of a decode plan, holes left
   * out, of each chunk of a prefill plan one for the last token or, where it is scored, for each
   * token, and of a verify plan one for each token. Throws ONNX Runtime's error; the cache rows of
   * the plan's own sequences, and those that its copies fill, are then undefined.
   */
  run(plan: Plan): ModelScores {
    for (const { fromRow, toRow, tokenCount } of plan.copies) {
      this.#cache.copyRow(fromRow, toRow, tokenCount);
    }
    if (plan.kind === 'verify') return this.#runVerify(plan);
    return plan.kind === 'decode' ? this.#runDecode(plan) : this.#runPrefill(plan);
  }

  #runDecode(plan: DecodePlan): ModelScores {
    const lane = this.#decode;
    const scores = this.#decodeScores;
    scores.begin();
    for (let row = 0; row < plan.rowCount; row++) {
      const sequence = plan.sequences[row]!;
      lane.inputIds.set(row, plan.tokens[row]!);
      lane.positionIds.set(row, plan.lengths[row]!);
      lane.seqlensK[row] = plan.lengths[row]!;
      if (sequence === null) continue;
      scores.askForDraw(row, sequence);
    }
    lane.totalSequenceLength[0] = plan.totalLength;
    lane.run(plan.firstRow, plan.rowCount, 1, scores.rowCount, scores.normalizerCount);
    scores.take();
    return scores;
  }

  #runPrefill(plan: PrefillPlan): ModelScores {
    const { firstRow, chunks, width } = plan;
    const lane = this.#prefill;
    const scores = this.#prefillScores;
    scores.begin();
    chunks.forEach((chunk, index) => {
      this.#fillChunk(chunk, index, width);
      scores.askAbout(chunk, index * width);
    });
    // Equal to the width it says that these are first prompts; so several always are.
    lane.totalSequenceLength[0] = chunks[0]!.start + width;
    lane.run(firstRow, chunks.length, width, scores.rowCount, scores.normalizerCount);
    for (const { sequence, start, tokens, forks } of chunks) {
      const length = start + tokens.length;
      for (const fork of forks) this.#cache.copyRow(sequence.row, fork.row, length);
    }
    scores.take();
    return scores;
  }

  /** One sequence of the batch: its tokens, and padding on the right. */
  #fillChunk({ start, tokens }: PromptChunk, index: number, width: number): void {
    const lane = this.#prefill;
    for (let place = 0; place < width; place++) {
      const token = place < tokens.length ? tokens[place]! : 0;
      lane.inputIds.set(index * width + place, token); // [sequences, width]
      lane.positionIds.set(index * width + place, start + place); // [sequences, width]
    }
    lane.seqlensK[index] = start + tokens.length - 1;
  }

  #runVerify({ sequence, row, start, tokens, tokenCount }: VerifyPlan): ModelScores {
    const lane = this.#verify!;
    const scores = this.#verifyScores!;
    scores.begin();
    for (let index = 0; index < tokenCount; index++) {
      lane.inputIds.set(index, tokens[index]!);
      lane.positionIds.set(index, start + index);
      scores.askForDraw(index, sequence);
    }
    lane.seqlensK[0] = start + tokenCount - 1;
    lane.totalSequenceLength[0] = start + tokenCount;
    lane.run(row, 1, tokenCount, scores.rowCount, scores.normalizerCount);
    scores.take();
    return scores;
  }

  dispose(): void {
    this.#verify?.dispose();
    this.#decode.dispose();
    this.#prefill.dispose();
    this.#cache.dispose();
  }
}
