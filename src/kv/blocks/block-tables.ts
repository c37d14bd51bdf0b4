// Which blocks hold a sequence's tokens, and how many tokens. A table for each sequence that runs,
// all in one piece of memory. Knows nothing of what the blocks hold or who else has them.
//
//   slot        0      1      2      3
//             +------+------+------+------+
//     0       |  7   |  2   |  9   |  .   |    10 tokens in blocks of 4: token 9 is the second of
//             +------+------+------+------+    block 9
//     1       |  7   |  2   |  4   |  .   |    shares its first 8 tokens
//             +------+------+------+------+

import { invariant } from '../../errors.ts';

const unused = -1;

export class BlockTables {
  readonly slotCount: number;
  readonly blockSize: number;
  /** Blocks that a whole context takes. */
  readonly blocksPerTable: number;
  readonly #tables: readonly Int32Array[]; // [slots][blocks of a context]
  readonly #blockCounts: Int32Array; // [slots]
  readonly #tokenCounts: Int32Array; // [slots]

  constructor(slotCount: number, contextLength: number, blockSize: number) {
    this.slotCount = slotCount;
    this.blockSize = blockSize;
    this.blocksPerTable = Math.ceil(contextLength / blockSize);
    const width = this.blocksPerTable;
    const memory = new Int32Array(slotCount * width).fill(unused); // [slots, blocks of a context]
    this.#tables = Array.from({ length: slotCount }, (_, slot) => {
      return memory.subarray(slot * width, (slot + 1) * width);
    });
    this.#blockCounts = new Int32Array(slotCount);
    this.#tokenCounts = new Int32Array(slotCount);
  }

  /** The same memory from step to step; the first `blockCount` are valid. */
  blocks(slot: number): Int32Array {
    return this.#tables[slot]!; // [blocks of a context]
  }

  blockCount(slot: number): number {
    return this.#blockCounts[slot]!;
  }

  tokenCount(slot: number): number {
    return this.#tokenCounts[slot]!;
  }

  /** Tokens that fit in a table's blocks beside those it holds. */
  room(slot: number): number {
    return this.#blockCounts[slot]! * this.blockSize - this.#tokenCounts[slot]!;
  }

  add(slot: number, block: number): void {
    const place = this.#blockCounts[slot]!;
    invariant(place < this.blocksPerTable, 'a table has room for a context');
    this.#tables[slot]![place] = block;
    this.#blockCounts[slot] = place + 1;
  }

  replace(slot: number, index: number, block: number): void {
    invariant(index < this.#blockCounts[slot]!, 'what is replaced is in the table');
    this.#tables[slot]![index] = block;
  }

  append(slot: number, tokenCount: number): void {
    invariant(tokenCount <= this.room(slot), 'tokens are appended where there is room');
    this.#tokenCounts[slot]! += tokenCount;
  }

  clear(slot: number): void {
    this.#tables[slot]!.fill(unused);
    this.#blockCounts[slot] = 0;
    this.#tokenCounts[slot] = 0;
  }
}
