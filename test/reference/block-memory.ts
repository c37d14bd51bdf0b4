// The paged cache's memory, which remembers what was written where, and a model whose next token is a
// function of all it reads there through the block tables: what mixed plans mean, executed the slow
// and obvious way. Before a piece counts, all of its context has to be its sequence's own.

import { expect } from 'vitest';
import type { BlockCopy } from '../../src/kv/blocks/block-copy.ts';
import { flattened, type TokenScore, type TokenScores } from '../../src/kv/token-score.ts';
import type { MixedPlan, Piece } from '../../src/scheduler/mixed-plan.ts';
import { noAnswers, scoreRowCount, unscoredCount } from '../../src/scheduler/plan.ts';
import type { Sequence } from '../../src/scheduler/sequence.ts';
import { nextToken, type StepResult, scoreAfter } from './cache.ts';

/** What no text has: reading it is noticed. */
const nothing = -999;

export class BlockMemory {
  readonly #slots: Int32Array; // [blocks, block size]
  readonly #blockSize: number;

  constructor(blockCount: number, blockSize: number) {
    this.#slots = new Int32Array(blockCount * blockSize).fill(nothing); // [blocks, block size]
    this.#blockSize = blockSize;
  }

  /** All copies first, then all that is appended; only then is anything read. */
  run(plan: MixedPlan): StepResult {
    for (const copy of plan.copies) this.#copy(copy);
    const pieces = plan.pieces.slice(0, plan.pieceCount);
    for (const { tokens, start, blocks } of pieces) this.write(blocks, start, tokens);
    const picks: number[] = [];
    const promptScores: TokenScores[] = [];
    for (const piece of pieces) {
      const { start, tokens, blocks, sequence, forks } = piece;
      const context = this.read(blocks, start + tokens.length);
      const own = textOf(sequence).slice(0, start + tokens.length);
      expect(String(context), 'a sequence reads its own text').toBe(String(own));
      picks.push(...new Array<number>(1 + forks.length).fill(nextToken(context)));
      promptScores.push(flattened(this.#scores(piece, context)));
    }
    return { picks: Int32Array.from(picks), answers: { ...noAnswers, promptScores } };
  }

  /** What a step that fails may leave of the blocks it was to write. */
  ruin(plan: MixedPlan): void {
    for (const { toBlock } of plan.copies) this.#fill(toBlock);
    for (const { start, tokens, blocks } of plan.pieces.slice(0, plan.pieceCount)) {
      const last = Math.floor((start + tokens.length - 1) / this.#blockSize);
      for (let index = Math.floor(start / this.#blockSize); index <= last; index += 1) {
        this.#fill(blocks[index]!);
      }
    }
  }

  write(blocks: Int32Array, start: number, tokens: Int32Array): void {
    tokens.forEach((token, index) => {
      this.#slots[this.#slot(blocks, start + index)] = token;
    });
  }

  /** The first tokens that a table's blocks hold. */
  read(blocks: ArrayLike<number>, tokenCount: number): number[] {
    return Array.from(
      { length: tokenCount },
      (_, place) => this.#slots[this.#slot(blocks, place)]!,
    );
  }

  carryOut(copies: readonly BlockCopy[]): void {
    for (const copy of copies) this.#copy(copy);
  }

  #copy({ fromBlock, toBlock, tokenCount }: BlockCopy): void {
    expect(tokenCount).toBeGreaterThan(0);
    expect(tokenCount).toBeLessThan(this.#blockSize);
    const from = fromBlock * this.#blockSize;
    this.#fill(toBlock);
    this.#slots.copyWithin(toBlock * this.#blockSize, from, from + tokenCount);
  }

  #fill(block: number): void {
    this.#slots.fill(nothing, block * this.#blockSize, (block + 1) * this.#blockSize);
  }

  #slot(blocks: ArrayLike<number>, place: number): number {
    const block = blocks[Math.floor(place / this.#blockSize)]!;
    if (!(block >= 0)) throw new Error('a table has a block for each token');
    return block * this.#blockSize + (place % this.#blockSize);
  }

  /** Of the tokens that follow a piece's, as far as they are of the prompt; null: not asked for. */
  #scores(piece: Piece, context: readonly number[]): (TokenScore | null)[] {
    const { sequence, start, tokens, isLast } = piece;
    const count = sequence.scoredCount;
    if (count === null) return [];
    const skipped = unscoredCount(piece);
    expect(scoreRowCount(piece)).toBe(Math.max(1, tokens.length - skipped));
    const targetCount = isLast ? tokens.length - 1 : tokens.length;
    return Array.from({ length: targetCount }, (_, index) => {
      const end = start + index + 1;
      if (index < skipped) return null;
      return scoreAfter(context.slice(0, end), sequence.promptIds[end]!, count);
    });
  }
}

/** All that a sequence is made of so far. */
export function textOf({ promptIds, generatedIds, generatedCount }: Sequence): number[] {
  return [...promptIds, ...generatedIds.subarray(0, generatedCount)];
}
