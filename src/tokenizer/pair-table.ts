// Which two tokens become one, how soon, and which. Pairs are looked up by their ids, once for every
// two neighbours of a piece, so the table has no string and no object per pair:
//
//   slots   | -1 | 262 | -1 | 11 | ...      hash of left and right -> merge, or the next slot
//   merge m: lefts[m], rights[m] -> made[m]; m is its rank, the lower the sooner
//
// Of two merges of the same pair the later one counts, as in Hugging Face's tokenizers.

const emptySlot = -1;

export class PairTable {
  readonly #lefts: Int32Array; // [merges]
  readonly #rights: Int32Array; // [merges]
  readonly #made: Int32Array; // [merges]
  readonly #slots: Int32Array; // a power of two, at most half full

  /** `merges`: left, right, left, right, …; `made`: what becomes of each two. */
  constructor(merges: readonly number[], made: Int32Array) {
    const count = made.length;
    this.#lefts = Int32Array.from({ length: count }, (_, merge) => merges[2 * merge]!);
    this.#rights = Int32Array.from({ length: count }, (_, merge) => merges[2 * merge + 1]!);
    this.#made = made;
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(count * 2 + 2))).fill(emptySlot);
    for (let merge = 0; merge < count; merge++) {
      this.#slots[this.#slotOf(this.#lefts[merge]!, this.#rights[merge]!)] = merge;
    }
  }

  /** The rank of the merge of two tokens, or -1. */
  rankOf(left: number, right: number): number {
    return this.#slots[this.#slotOf(left, right)]!;
  }

  made(rank: number): number {
    return this.#made[rank]!;
  }

  #slotOf(left: number, right: number): number {
    const mask = this.#slots.length - 1;
    let slot = Math.imul(Math.imul(left, 0x9e3779b1) ^ right, 0x85ebca6b);
    slot = (slot ^ (slot >>> 15)) & mask;
    for (;;) {
      const merge = this.#slots[slot]!;
      if (merge === emptySlot) return slot;
      if (this.#lefts[merge] === left && this.#rights[merge] === right) return slot;
      slot = (slot + 1) & mask;
    }
  }
}
