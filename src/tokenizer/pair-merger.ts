// Byte pair encoding by a list of merges, as files of vocabularies have it (Sennrich et al. 2016,
// arXiv:1508.07909): of all neighbours those whose merge comes first in the list become one token,
// again and again. Heap and linked list are `Merger`'s, whose picture this shares; there the merges
// need no list, since in GPT-2's published vocabulary a token's id says how soon it is made.

import { MergeQueue } from './merge-queue.ts';
import type { PairTable } from './pair-table.ts';

export class PairMerger {
  readonly #table: PairTable;
  readonly #ids: Int32Array; // of the part that begins here
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #rank: Int32Array; // of this part joined with the next; -1 where they are no pair
  readonly #queue: MergeQueue;

  /** `capacity`: the longest piece, in symbols. */
  constructor(table: PairTable, capacity: number) {
    this.#table = table;
    this.#ids = new Int32Array(capacity);
    this.#next = new Int32Array(capacity);
    this.#previous = new Int32Array(capacity);
    this.#rank = new Int32Array(capacity);
    // Each merge takes a part away and offers two pairs, so this many are never reached.
    this.#queue = new MergeQueue(3 * capacity);
  }

  /** Appends what symbols[0 .. length] become to `ids`. */
  merge(symbols: Int32Array, length: number, ids: number[]): void {
    const next = this.#next;
    const previous = this.#previous;
    const queue = this.#queue;
    for (let start = 0; start < length; start++) {
      this.#ids[start] = symbols[start]!;
      next[start] = start + 1;
      previous[start] = start - 1;
    }
    for (let start = 0; start < length; start++) this.#offer(length, start);

    while (!queue.isEmpty) {
      const start = queue.nextPosition;
      const rank = queue.nextRank;
      queue.drop();
      // A part only ever grows, so an offer gone stale never has the rank of the pair there now.
      if (rank !== this.#rank[start]) continue;
      const middle = next[start]!;
      const end = next[middle]!;
      this.#rank[middle] = -1;
      this.#ids[start] = this.#table.made(rank);
      next[start] = end;
      if (end < length) previous[end] = start;
      this.#offer(length, start);
      if (start > 0) this.#offer(length, previous[start]!);
    }
    for (let start = 0; start < length; start = next[start]!) ids.push(this.#ids[start]!);
  }

  /** Queues the part at `start` with the one after it, if they are a pair. */
  #offer(length: number, start: number): void {
    const middle = this.#next[start]!;
    const isLast = middle === length;
    const rank = isLast ? -1 : this.#table.rankOf(this.#ids[start]!, this.#ids[middle]!);
    this.#rank[start] = rank;
    if (rank >= 0) this.#queue.push(rank, start);
  }
}
