// The KV cache in a device's memory. Its numbers are never seen here: rows are copied where they lie.

import type { DeviceStream } from '../onnxruntime/device.ts';
import type { Binding, Tensor } from '../onnxruntime/tensor.ts';
import {
  bindBlocks,
  blockRowBytes,
  type CacheBlock,
  type CacheMemory,
  type CacheSizes,
  cacheArrays,
  cacheBlocks,
} from './cache-memory.ts';

export class DeviceCache implements CacheMemory {
  readonly #stream: DeviceStream;
  readonly #sizes: CacheSizes;
  readonly #blocks: readonly CacheBlock[];

  /** Throws the device's error where it has not so much memory. */
  constructor(stream: DeviceStream, sizes: CacheSizes, rowCount: number) {
    this.#stream = stream;
    this.#sizes = sizes;
    this.#blocks = cacheBlocks(sizes, rowCount, (byteLength) => stream.allocate(byteLength));
    // What a row does not hold yet is read by nobody, but must not be what no number is.
    for (const { memory } of this.#blocks) stream.clear(memory);
  }

  bind(binding: Binding, firstRow: number, rowCount: number): Tensor[] {
    return bindBlocks(this.#blocks, this.#sizes, binding, firstRow, rowCount);
  }

  copyRow(fromRow: number, toRow: number, tokenCount: number): void {
    const { headCount, contextLength, headSize, cacheType } = this.#sizes;
    const rowBytes = blockRowBytes(this.#sizes);
    const tokenBytes = headSize * cacheArrays[cacheType].BYTES_PER_ELEMENT;
    const stripes = {
      count: headCount,
      bytes: tokenCount * tokenBytes,
      distanceBytes: contextLength * tokenBytes,
    };
    for (const { memory } of this.#blocks) {
      this.#stream.copyStripes(memory, fromRow * rowBytes, toRow * rowBytes, stripes);
    }
  }

  dispose(): void {
    for (const { memory } of this.#blocks) memory.dispose();
  }
}
