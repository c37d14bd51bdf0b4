// The KV cache in the host's memory.

import { NativeMemory } from '../onnxruntime/memory.ts';
import type { Binding, Tensor } from '../onnxruntime/tensor.ts';
import {
  bindBlocks,
  type CacheBlock,
  type CacheMemory,
  type CacheSizes,
  cacheArrays,
  cacheBlocks,
} from './cache-memory.ts';

interface HostBlock extends CacheBlock {
  readonly numbers: InstanceType<(typeof cacheArrays)[keyof typeof cacheArrays]>; // [rows, heads, context, headSize]
}

export class HostCache implements CacheMemory {
  readonly #sizes: CacheSizes;
  readonly #blocks: readonly HostBlock[];

  constructor(sizes: CacheSizes, rowCount: number) {
    this.#sizes = sizes;
    const allocate = (byteLength: number) => new NativeMemory(byteLength);
    this.#blocks = cacheBlocks(sizes, rowCount, allocate).map((block) => {
      return { ...block, numbers: new cacheArrays[sizes.cacheType](block.memory.buffer) };
    });
  }

  bind(binding: Binding, firstRow: number, rowCount: number): Tensor[] {
    return bindBlocks(this.#blocks, this.#sizes, binding, firstRow, rowCount);
  }

  copyRow(fromRow: number, toRow: number, tokenCount: number): void {
    const { headCount, contextLength, headSize } = this.#sizes;
    const headLength = contextLength * headSize;
    for (const { numbers } of this.#blocks) {
      for (let head = 0; head < headCount; head++) {
        const from = (fromRow * headCount + head) * headLength;
        const to = (toRow * headCount + head) * headLength;
        numbers.copyWithin(to, from, from + tokenCount * headSize);
      }
    }
  }

  dispose(): void {
    for (const { memory } of this.#blocks) memory.dispose();
  }
}
