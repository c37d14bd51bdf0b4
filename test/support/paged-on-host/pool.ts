// A cache of blocks in the host's memory.

import {
  bindPools,
  cachePools,
  type PagedSizes,
  type Pool,
  type PoolMemory,
  tokenBytes,
} from '../../../src/model/paged/pool-memory.ts';
import { NativeMemory } from '../../../src/onnxruntime/memory.ts';
import type { Binding, Tensor } from '../../../src/onnxruntime/tensor.ts';

export class HostPool implements PoolMemory {
  readonly #sizes: PagedSizes;
  readonly #blockCount: number;
  readonly #pools: readonly Pool<NativeMemory>[];

  constructor(sizes: PagedSizes, blockCount: number) {
    this.#sizes = sizes;
    this.#blockCount = blockCount;
    this.#pools = cachePools(sizes, blockCount, (byteLength) => new NativeMemory(byteLength));
  }

  bind(binding: Binding): Tensor[] {
    return bindPools(this.#pools, this.#sizes, this.#blockCount, binding);
  }

  copyBlock(fromBlock: number, toBlock: number, tokenCount: number): void {
    const ofToken = tokenBytes(this.#sizes);
    const ofBlock = this.#sizes.blockSize * ofToken;
    const from = fromBlock * ofBlock;
    for (const { memory } of this.#pools) {
      const bytes = new Uint8Array(memory.buffer);
      bytes.copyWithin(toBlock * ofBlock, from, from + tokenCount * ofToken);
    }
  }

  dispose(): void {
    for (const { memory } of this.#pools) memory.dispose();
  }
}
