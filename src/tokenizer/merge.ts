// Byte pair encoding of one piece: beginning with single bytes, the two neighbours whose bytes
// together have the lowest rank become one, again and again (Sennrich et al. 2016,
// arXiv:1508.07909). The next merge comes from a heap and the neighbours from a linked list, so a
// piece of n bytes costs n log n; scanning anew for each merge would cost n².
//
//   piece      l   o   w   e   r       the parts are "low" and "er"
//   position   0   1   2   3   4
//   next       3   .   .   5   .       where the part that begins here ends; within a part: stale
//   previous  -1   .   .   0   .       where the part before it begins
//   rank      -1  -1  -1  -1  -1       of this part joined with the next; -1 where that is no token

import type { ByteTable } from './byte-table.ts';
import { MergeQueue } from './merge-queue.ts';

export class Merger {
  /** The longest piece, in bytes. */
  readonly capacity: number;
  readonly #table: ByteTable;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  readonly #rank: Int32Array;
  readonly #queue: MergeQueue;

  constructor(table: ByteTable, capacity: number) {
    this.#table = table;
    this.capacity = capacity;
    this.#next = new Int32Array(capacity);
    this.#previous = new Int32Array(capacity);
    this.#rank = new Int32Array(capacity);
    // Each merge takes a part away and offers two pairs, so this many are never reached.
    this.#queue = new MergeQueue(3 * capacity);
  }

  /** Appends the tokens of bytes[0 .. length] to `ids`. */
  merge(bytes: Uint8Array, length: number, ids: number[]): void {
    const next = this.#next;
    const previous = this.#previous;
    const queue = this.#queue;
    for (let start = 0; start < length; start++) {
      next[start] = start + 1;
      previous[start] = start - 1;
    }
    for (let start = 0; start < length; start++) this.#offer(bytes, length, start);

    while (!queue.isEmpty) {
      const start = queue.nextPosition;
      // A pair only ever grows, so an offer gone stale never has the rank of the pair there now.
      const isStale = queue.nextRank !== this.#rank[start];
      queue.drop();
      if (isStale) continue;
      const middle = next[start]!;
      const end = next[middle]!;
      this.#rank[middle] = -1;
      next[start] = end;
      if (end < length) previous[end] = start;
      this.#offer(bytes, length, start);
      if (start > 0) this.#offer(bytes, length, previous[start]!);
    }

    for (let start = 0; start < length; start = next[start]!) {
      ids.push(this.#table.find(bytes, start, next[start]!));
    }
  }

  /** Queues the part at `start` with the one after it, if they are a token together. */
  #offer(bytes: Uint8Array, length: number, start: number): void {
    const middle = this.#next[start]!;
    const rank = middle === length ? -1 : this.#table.find(bytes, start, this.#next[middle]!);
    this.#rank[start] = rank;
    if (rank >= 0) this.#queue.push(rank, start);
  }
}
