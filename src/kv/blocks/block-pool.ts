// The states of the paged cache's blocks. A block is free, owned by one sequence or by several that
// share it, or cached; never two of these. Knows neither tensors nor tokens, and who owns a block
// only as a number.

import { invariant } from '../../errors.ts';
import { UseOrder } from './use-order.ts';

export interface BlockPoolOptions {
  readonly blockCount: number;
  /** Tokens that fit in a block. */
  readonly blockSize: number;
  /** What a block occupies: all layers, keys and values. */
  readonly blockBytes: number;
}

/** `free`: holds nothing. `owned`: sequences run on it. `cached`: keeps a part of a prompt. */
export type BlockState = 'free' | 'owned' | 'cached';

/**
 *               take               last release
 *        free ----------> owned ----------------> cached ------> free
 *                        |     ^ <--------------- cached   drop
 *        free <----------+     |      share
 *            last release      +-- share, release: one owner more, one less
 */
export class BlockPool {
  readonly blockCount: number;
  readonly blockSize: number;
  readonly blockBytes: number;
  readonly #ownerCounts: Int32Array; // [blocks]
  readonly #free: Int32Array; // [blocks], the first freeBlockCount are valid
  readonly #cached: UseOrder;
  #freeCount: number;

  constructor({ blockCount, blockSize, blockBytes }: BlockPoolOptions) {
    invariant(blockCount > 0 && blockSize > 0, 'a cache has blocks, and blocks have room');
    this.blockCount = blockCount;
    this.blockSize = blockSize;
    this.blockBytes = blockBytes;
    this.#ownerCounts = new Int32Array(blockCount);
    this.#free = Int32Array.from({ length: blockCount }, (_, index) => blockCount - 1 - index);
    this.#cached = new UseOrder(blockCount);
    this.#freeCount = blockCount;
  }

  /** Owned blocks, each once however many share it. */
  get usedBlockCount(): number {
    return this.blockCount - this.#freeCount - this.#cached.count;
  }

  get cachedBlockCount(): number {
    return this.#cached.count;
  }

  /** Blocks that hold nothing. */
  get freeBlockCount(): number {
    return this.#freeCount;
  }

  get usedBytes(): number {
    return this.usedBlockCount * this.blockBytes;
  }

  ownerCount(block: number): number {
    return this.#ownerCounts[block]!;
  }

  state(block: number): BlockState {
    if (this.#ownerCounts[block]! > 0) return 'owned';
    return this.#cached.has(block) ? 'cached' : 'free';
  }

  /** The cached block that was used least recently; there is one. */
  get oldestCached(): number {
    return this.#cached.oldest;
  }

  /** Gives a free block, of which there is one, to its first owner. */
  take(): number {
    invariant(this.#freeCount > 0, 'a block that is taken was free');
    this.#freeCount -= 1;
    const block = this.#free[this.#freeCount]!;
    this.#ownerCounts[block] = 1;
    return block;
  }

  /** Gives a block that is owned or cached one owner more. */
  share(block: number): void {
    const state = this.state(block);
    invariant(state !== 'free', 'what is shared holds something');
    if (state === 'cached') this.#cached.remove(block);
    this.#ownerCounts[block]! += 1;
  }

  /** Takes one owner from a block; without any it is freed, or kept. */
  release(block: number, isKept: boolean): void {
    invariant(this.#ownerCounts[block]! > 0, 'only an owned block is released');
    this.#ownerCounts[block]! -= 1;
    if (this.#ownerCounts[block]! > 0) return;
    if (isKept) this.#cached.add(block);
    else this.#putBack(block);
  }

  /** A cached block was of use, and is kept for longer than others. */
  touch(block: number): void {
    this.#cached.remove(block);
    this.#cached.add(block);
  }

  /** Frees a cached block. */
  drop(block: number): void {
    this.#cached.remove(block);
    this.#putBack(block);
  }

  checkIntegrity(): void {
    const free = new Set(this.#free.subarray(0, this.#freeCount));
    const cached = this.#cached.list();
    invariant(free.size === this.#freeCount, 'no block is free twice');
    invariant(cached.length === this.#cached.count, 'the cached blocks are counted');
    for (let block = 0; block < this.blockCount; block += 1) {
      invariant(this.#ownerCounts[block]! >= 0, 'no block has less than no owner');
      invariant(free.has(block) === (this.state(block) === 'free'), 'the free blocks are listed');
    }
    for (const block of cached) invariant(this.state(block) === 'cached', 'a cached block is free');
  }

  #putBack(block: number): void {
    this.#free[this.#freeCount] = block;
    this.#freeCount += 1;
  }
}
