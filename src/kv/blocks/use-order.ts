// Blocks in the order of their last use, for who keeps them until their place is needed. A circle of
// links in flat arrays: each operation takes the same short time, and allocates nothing.
//
//   end -> oldest -> ... -> newest -> end

import { invariant } from '../../errors.ts';

const outside = -1;

export class UseOrder {
  readonly #next: Int32Array; // [blocks + 1], the last one is the circle's end
  readonly #previous: Int32Array; // [blocks + 1]
  readonly #end: number;
  #count = 0;

  constructor(blockCount: number) {
    this.#end = blockCount;
    this.#next = new Int32Array(blockCount + 1).fill(outside);
    this.#previous = new Int32Array(blockCount + 1).fill(outside);
    this.#next[this.#end] = this.#end;
    this.#previous[this.#end] = this.#end;
  }

  get count(): number {
    return this.#count;
  }

  has(block: number): boolean {
    return this.#next[block] !== outside;
  }

  /** The least recently used; there is one. */
  get oldest(): number {
    invariant(this.#count > 0, 'something was used');
    return this.#next[this.#end]!;
  }

  /** As the newest. */
  add(block: number): void {
    invariant(!this.has(block), 'a block is in the order once');
    const newest = this.#previous[this.#end]!;
    this.#next[newest] = block;
    this.#previous[block] = newest;
    this.#next[block] = this.#end;
    this.#previous[this.#end] = block;
    this.#count += 1;
  }

  remove(block: number): void {
    invariant(this.has(block), 'what is removed is in the order');
    const next = this.#next[block]!;
    const previous = this.#previous[block]!;
    this.#next[previous] = next;
    this.#previous[next] = previous;
    this.#next[block] = outside;
    this.#previous[block] = outside;
    this.#count -= 1;
  }

  /** The oldest first. */
  list(): number[] {
    const blocks: number[] = [];
    for (let at = this.#next[this.#end]!; at !== this.#end; at = this.#next[at]!) blocks.push(at);
    return blocks;
  }
}
