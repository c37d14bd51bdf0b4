// The stream of a device that is none: its memory is the host's, so that the CPU provider computes over it
// and what a device's lane does really happens. Like a device it is late: what is copied back is there
// when somebody has waited for it, and until then there is nonsense in its place.

import type {
  DeviceStream,
  HostMemory,
  Stripes,
  TensorMemory,
} from '../../src/onnxruntime/device.ts';
import { NativeMemory } from '../../src/onnxruntime/memory.ts';

const nonsense = 0x7f;

export class HostStream implements DeviceStream {
  /** Bytes of each copy so far, in their order. */
  readonly copiedIn: number[] = [];
  readonly copiedOut: number[] = [];
  /** Waits so far. */
  waitCount = 0;
  readonly #memories: NativeMemory[] = [];
  #late: (() => void)[] = [];

  allocate(byteLength: number): TensorMemory {
    return this.#allocate(byteLength);
  }

  allocateHost(byteLength: number): HostMemory {
    return this.#allocate(byteLength);
  }

  copyIn(from: HostMemory, to: TensorMemory, byteLength: number): void {
    this.copiedIn.push(byteLength);
    bytesOf(to).set(bytesOf(from).subarray(0, byteLength));
  }

  copyOut(
    from: TensorMemory,
    fromByte: number,
    to: HostMemory,
    toByte: number,
    byteLength: number,
  ): void {
    this.copiedOut.push(byteLength);
    const target = bytesOf(to).subarray(toByte, toByte + byteLength);
    target.fill(nonsense);
    this.#late.push(() => target.set(bytesOf(from).subarray(fromByte, fromByte + byteLength)));
  }

  copyStripes(memory: TensorMemory, from: number, to: number, stripes: Stripes): void {
    const { count, bytes, distanceBytes } = stripes;
    for (let index = 0; index < count; index++) {
      const start = from + index * distanceBytes;
      bytesOf(memory).copyWithin(to + index * distanceBytes, start, start + bytes);
    }
  }

  clear(memory: TensorMemory): void {
    bytesOf(memory).fill(0);
  }

  synchronize(): void {
    this.waitCount += 1;
    const late = this.#late;
    this.#late = [];
    for (const copy of late) copy();
  }

  dispose(): void {
    for (const memory of this.#memories) memory.dispose();
  }

  #allocate(byteLength: number): NativeMemory {
    const memory = new NativeMemory(byteLength);
    this.#memories.push(memory);
    return memory;
  }
}

function bytesOf(memory: TensorMemory): Uint8Array {
  return new Uint8Array((memory as NativeMemory).buffer);
}
