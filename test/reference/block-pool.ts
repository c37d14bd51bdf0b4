// The block pool as three lists: what is owned by how many, what is free, what is cached from the
// oldest to the newest.

import type { BlockState } from '../../src/kv/blocks/block-pool.ts';

export class ListedPool {
  readonly owned = new Map<number, number>(); // block -> owners
  readonly free: number[];
  readonly cached: number[] = [];

  constructor(blockCount: number) {
    this.free = Array.from({ length: blockCount }, (_, index) => blockCount - 1 - index);
  }

  state(block: number): BlockState {
    if (this.owned.has(block)) return 'owned';
    return this.cached.includes(block) ? 'cached' : 'free';
  }

  take(): number {
    const block = this.free.pop()!;
    this.owned.set(block, 1);
    return block;
  }

  share(block: number): void {
    this.#uncache(block);
    this.owned.set(block, (this.owned.get(block) ?? 0) + 1);
  }

  release(block: number, isKept: boolean): void {
    const owners = this.owned.get(block)! - 1;
    this.owned.set(block, owners);
    if (owners > 0) return;
    this.owned.delete(block);
    (isKept ? this.cached : this.free).push(block);
  }

  touch(block: number): void {
    this.#uncache(block);
    this.cached.push(block);
  }

  drop(block: number): void {
    this.#uncache(block);
    this.free.push(block);
  }

  #uncache(block: number): void {
    if (this.cached.includes(block)) this.cached.splice(this.cached.indexOf(block), 1);
  }
}
