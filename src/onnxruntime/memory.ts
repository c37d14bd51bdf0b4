// Memory that never moves, for tensors to lie in. The pages of a large block are taken from the
// system only when they are first touched, so reserving is free.

import koffi from 'koffi';
import type { HostMemory } from './device.ts';
import type { Pointer } from './library.ts';

/** What ONNX Runtime's own allocator promises its kernels. */
const alignmentBytes = 64;

/** koffi counts the bytes of one block in a signed 32-bit integer. */
export const largestBlockBytes = 2 ** 31 - 1 - alignmentBytes;

export class NativeMemory implements HostMemory {
  readonly place = { kind: 'cpu' } as const;
  readonly byteLength: number;
  /** Reads and writes the native bytes themselves; invalid after `dispose`. */
  readonly buffer: ArrayBuffer;
  readonly #block: Pointer;
  readonly #start: number;
  #disposed = false;

  /** Zeroed bytes at a multiple of 64. Throws `RangeError` above `largestBlockBytes`. */
  constructor(byteLength: number) {
    if (byteLength > largestBlockBytes) {
      throw new RangeError(`one block holds at most ${largestBlockBytes} bytes, not ${byteLength}`);
    }
    this.byteLength = byteLength;
    this.#block = koffi.alloc('uint8_t', byteLength + alignmentBytes);
    this.#start = Number(-this.#block & BigInt(alignmentBytes - 1));
    this.buffer = koffi.view(this.#block + BigInt(this.#start), byteLength);
  }

  /** The address of byte `offset`. */
  address(offset = 0): Pointer {
    return this.#block + BigInt(this.#start + offset);
  }

  /** No tensor over this memory may be used afterwards. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    koffi.free(this.#block);
  }
}
