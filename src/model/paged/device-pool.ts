// A cache of blocks in a device's memory. Its numbers are never seen here: blocks are copied where they lie.

import type { DeviceStream } from '../../onnxruntime/device.ts';
import type { Binding, Tensor } from '../../onnxruntime/tensor.ts';
import {
  bindPools,
  cachePools,
  type PagedSizes,
  type Pool,
  type PoolMemory,
  tokenBytes,
} from './pool-memory.ts';

export class DevicePool implements PoolMemory {
  readonly #stream: DeviceStream;
  readonly #sizes: PagedSizes;
  readonly #blockCount: number;
  readonly #pools: readonly Pool[];

  /** Throws the device's error where it has not so much memory. */
  constructor(stream: DeviceStream, sizes: PagedSizes, blockCount: number) {
    this.#stream = stream;
    this.#sizes = sizes;
    this.#blockCount = blockCount;
    this.#pools = cachePools(sizes, blockCount, (byteLength) => stream.allocate(byteLength));
    // What a block does not hold yet is seen by nobody, but must not be what no number is.
    for (const { memory } of this.#pools) stream.clear(memory);
  }

  bind(binding: Binding): Tensor[] {
    return bindPools(this.#pools, this.#sizes, this.#blockCount, binding);
  }

  copyBlock(fromBlock: number, toBlock: number, tokenCount: number): void {
    const ofToken = tokenBytes(this.#sizes);
    const ofBlock = this.#sizes.blockSize * ofToken;
    const whole = { count: 1, bytes: tokenCount * ofToken, distanceBytes: ofBlock };
    for (const { memory } of this.#pools) {
      this.#stream.copyStripes(memory, fromBlock * ofBlock, toBlock * ofBlock, whole);
    }
  }

  dispose(): void {
    for (const { memory } of this.#pools) memory.dispose();
  }
}
