// Carries out a plan over a cache of blocks: packs the tokens of its pieces, runs the graph once, and hands
// out what it says. Decides nothing; a plan goes in, scores come out.

import { type Manifest, signatureSizes } from '../../../models/manifest.ts';
import type { MixedPlan, Piece } from '../../scheduler/mixed-plan.ts';
import { LaneScores, type ModelScores } from '../model-scores.ts';
import type { PagedBackend } from './paged-backend.ts';
import type { PagedLane } from './paged-lane.ts';
import { blocksOfContext, type PoolMemory, pagedSizes } from './pool-memory.ts';

export interface PagedModelOptions {
  /** Of the cache, those that are handed out. */
  readonly blockCount: number;
  /** The most tokens of a step. */
  readonly stepTokens: number;
  /** The most pieces of a step. */
  readonly mostSequences: number;
}

export class PagedModel {
  readonly #pool: PoolMemory;
  readonly #lane: PagedLane;
  readonly #scores: LaneScores;
  readonly #blockSize: number;
  readonly #tableWidth: number;

  /** Throws `Error` where the manifest is one of a cache of rows. */
  constructor(backend: PagedBackend, manifest: Manifest, options: PagedModelOptions) {
    const sizes = pagedSizes(signatureSizes(manifest));
    const { blockCount, stepTokens, mostSequences } = options;
    this.#blockSize = sizes.blockSize;
    this.#tableWidth = blocksOfContext(sizes);
    this.#pool = backend.pool(sizes, blockCount);
    this.#lane = backend.lane(this.#pool, sizes, blockCount, {
      tokens: stepTokens,
      sequences: Math.min(mostSequences, stepTokens),
    });
    this.#scores = new LaneScores(this.#lane, sizes);
  }

  /**
   * One run of the graph. The scores have so many rows for each piece as `scoreRowCount` says. Throws
   * ONNX Runtime's error, or CUDA's; what the plan's own pieces were to append, and blocks that its
   * copies fill, are then undefined.
   */
  run(plan: MixedPlan): ModelScores {
    for (const { fromBlock, toBlock, tokenCount } of plan.copies) {
      this.#pool.copyBlock(fromBlock, toBlock, tokenCount);
    }
    const lane = this.#lane;
    const scores = this.#scores;
    scores.begin();
    let mostTokens = 0;
    let longest = 0;
    let first = 0;
    for (let index = 0; index < plan.pieceCount; index++) {
      const piece = plan.pieces[index]!;
      this.#place(piece, index, first);
      if (index < plan.decodingCount) scores.askForDraw(first, piece.sequence);
      else scores.askAbout(piece, first);
      const tokenCount = piece.tokens.length;
      mostTokens = Math.max(mostTokens, tokenCount);
      longest = Math.max(longest, piece.start + tokenCount);
      first += tokenCount;
      lane.boundaries[index + 1] = first;
    }
    lane.metadata[0] = mostTokens;
    lane.metadata[1] = longest;
    lane.run(first, plan.pieceCount, scores.rowCount, scores.normalizerCount);
    scores.take();
    return scores;
  }

  /** Packs a piece's tokens from place `first` on, and says where its keys and values are and go. */
  #place({ start, tokens, blocks }: Piece, index: number, first: number): void {
    const lane = this.#lane;
    const blockSize = this.#blockSize;
    for (let place = 0; place < tokens.length; place++) {
      const position = start + place;
      const block = blocks[Math.floor(position / blockSize)]!;
      lane.inputIds.set(first + place, tokens[place]!);
      lane.positionIds.set(first + place, position);
      lane.slots[first + place] = block * blockSize + (position % blockSize);
    }
    lane.pastLengths[index] = start;
    const usedCount = Math.ceil((start + tokens.length) / blockSize);
    const row = index * this.#tableWidth;
    for (let column = 0; column < this.#tableWidth; column++) {
      // What lies behind is read by nobody, but must be a block.
      lane.blockTable[row + column] = column < usedCount ? blocks[column]! : 0;
    }
  }

  dispose(): void {
    this.#lane.dispose();
    this.#pool.dispose();
  }
}
