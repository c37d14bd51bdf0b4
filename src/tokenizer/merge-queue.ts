// Which merge is next: the lowest rank, and the leftmost among equals. A binary heap of numbers, each
// a rank and a position in one: rank · 2^32 + position, which a double holds exactly.

const positionRange = 2 ** 32;

export class MergeQueue {
  #heap: Float64Array;
  #size = 0;

  constructor(capacity: number) {
    this.#heap = new Float64Array(capacity);
  }

  get isEmpty(): boolean {
    return this.#size === 0;
  }

  push(rank: number, position: number): void {
    const heap = this.#heap;
    const merge = rank * positionRange + position;
    let child = this.#size++;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (heap[parent]! <= merge) break;
      heap[child] = heap[parent]!;
      child = parent;
    }
    heap[child] = merge;
  }

  get nextRank(): number {
    return Math.floor(this.#heap[0]! / positionRange);
  }

  get nextPosition(): number {
    return this.#heap[0]! % positionRange;
  }

  /** Removes the next merge. */
  drop(): void {
    const heap = this.#heap;
    const last = heap[--this.#size]!;
    let parent = 0;
    for (;;) {
      let child = 2 * parent + 1;
      if (child >= this.#size) break;
      if (child + 1 < this.#size && heap[child + 1]! < heap[child]!) child++;
      if (heap[child]! >= last) break;
      heap[parent] = heap[child]!;
      parent = child;
    }
    heap[parent] = last;
  }
}
