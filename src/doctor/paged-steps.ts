// Steps of a model over blocks without a scheduler: texts that have blocks of their own, out of order, and
// plans made by hand.

import type { BlockCopy } from '../kv/blocks/block-copy.ts';
import type { ModelScores } from '../model/model-scores.ts';
import type { PagedModel } from '../model/paged/paged-model.ts';
import type { MixedPlan, Piece } from '../scheduler/mixed-plan.ts';
import { Sequence, unsaid } from '../scheduler/sequence.ts';
import { drawn } from './hand-steps.ts';

export interface PagedPlace {
  readonly model: Pick<PagedModel, 'run'>;
  readonly blockCount: number;
  readonly blockSize: number;
  readonly contextLength: number;
}

/** Tokens from `start` on of a text whose beginning its blocks hold. */
export interface HandPiece {
  /** Which of the texts that have blocks. */
  readonly text: number;
  readonly ids: Int32Array;
  readonly start: number;
  /** Asks about each token, not about the last alone. */
  readonly isScored?: boolean;
}

const none: readonly BlockCopy[] = [];

export class PagedSteps {
  readonly #place: PagedPlace;
  readonly #blocksOfText: number;
  /** How many texts there is room for. */
  readonly textCount: number;
  #nextId = 1;

  /** No text has more than `textTokens`. */
  constructor(place: PagedPlace, textTokens: number) {
    this.#place = place;
    this.#blocksOfText = Math.ceil(textTokens / place.blockSize);
    this.textCount = Math.floor(place.blockCount / this.#blocksOfText);
  }

  step(pieces: readonly HandPiece[], copies: readonly BlockCopy[] = none): ModelScores {
    return this.run(this.plan(pieces, copies));
  }

  run(plan: MixedPlan): ModelScores {
    return this.#place.model.run(plan);
  }

  /** A plan that may be run again and again: it writes to the same places. */
  plan(pieces: readonly HandPiece[], copies: readonly BlockCopy[] = none): MixedPlan {
    const placed = pieces.map((piece) => this.#pieceOf(piece));
    const tokenCount = placed.reduce((sum, { tokens }) => sum + tokens.length, 0);
    const pieceCount = placed.length;
    return { kind: 'mixed', pieces: placed, pieceCount, decodingCount: 0, tokenCount, copies };
  }

  /** What carries the beginning of one text over to another. */
  copies(fromText: number, toText: number, tokenCount: number): BlockCopy[] {
    const { blockSize } = this.#place;
    const [from, to] = [this.#blocks(fromText), this.#blocks(toText)];
    return Array.from({ length: Math.ceil(tokenCount / blockSize) }, (_, index) => ({
      fromBlock: from[index]!,
      toBlock: to[index]!,
      tokenCount: Math.min(blockSize, tokenCount - index * blockSize),
    }));
  }

  /** A text's second block lies before its first, and those of other texts between them. */
  #blocks(text: number): Int32Array {
    const { blockSize, contextLength } = this.#place;
    if (text >= this.textCount) throw new Error(`memory is there for ${this.textCount} texts`);
    const blocks = new Int32Array(Math.ceil(contextLength / blockSize));
    for (let index = 0; index < this.#blocksOfText; index++) {
      blocks[index] = (this.#blocksOfText - 1 - index) * this.textCount + text;
    }
    return blocks;
  }

  #pieceOf({ text, ids, start, isScored = false }: HandPiece): Piece {
    const promptLogprobCount = isScored ? 1 : null;
    const request = { id: this.#nextId++, promptIds: ids, maxTokens: 1, stopIds: [] };
    const sequence = new Sequence({ ...unsaid, ...request, sampling: drawn, promptLogprobCount });
    const tokens = ids.subarray(start);
    return { sequence, start, tokens, blocks: this.#blocks(text), isLast: true, forks: [] };
  }
}
