// A CUDA stream of our own, for copies and for ONNX Runtime's kernels alike, and the device memory that
// they work on. To be used in one thread.

import koffi from 'koffi';
import { createCuda, cuda } from './cuda-runtime.ts';
import type { DeviceStream, HostMemory, Place, Stripes, TensorMemory } from './device.ts';
import type { Pointer } from './library.ts';

/** Does not wait for the device's default stream, nor that for it. */
const nonBlocking = 1;

const copyKinds = { toDevice: 1, toHost: 2, withinDevice: 3 } as const;

export class CudaStream implements DeviceStream {
  /** Its address, as the provider wants it. */
  readonly pointer: Pointer;
  readonly #deviceId: number;
  readonly #blocks: Block[] = [];
  #disposed = false;

  /** Throws `CudaError` where the device is missing or does not work. */
  constructor(deviceId: number) {
    this.#deviceId = deviceId;
    cuda('cudaSetDevice', deviceId);
    this.pointer = createCuda('cudaStreamCreateWithFlags', nonBlocking);
  }

  allocate(byteLength: number): TensorMemory {
    const place = { kind: 'cuda', deviceId: this.#deviceId } as const;
    const start = createCuda('cudaMalloc', byteLength);
    return this.#kept(new Block(place, start, byteLength, 'cudaFree'));
  }

  allocateHost(byteLength: number): HostMemory {
    return this.#kept(new PinnedBlock(createCuda('cudaMallocHost', byteLength), byteLength));
  }

  copyIn(from: HostMemory, to: TensorMemory, byteLength: number): void {
    const kind = copyKinds.toDevice;
    cuda('cudaMemcpyAsync', to.address(), from.address(), byteLength, kind, this.pointer);
  }

  copyOut(
    from: TensorMemory,
    fromByte: number,
    to: HostMemory,
    toByte: number,
    byteLength: number,
  ): void {
    const [source, target] = [from.address(fromByte), to.address(toByte)];
    cuda('cudaMemcpyAsync', target, source, byteLength, copyKinds.toHost, this.pointer);
  }

  copyStripes(memory: TensorMemory, from: number, to: number, stripes: Stripes): void {
    const { count, bytes, distanceBytes } = stripes;
    cuda(
      'cudaMemcpy2DAsync',
      memory.address(to),
      distanceBytes,
      memory.address(from),
      distanceBytes,
      bytes,
      count,
      copyKinds.withinDevice,
      this.pointer,
    );
  }

  clear(memory: TensorMemory): void {
    cuda('cudaMemsetAsync', memory.address(), 0, memory.byteLength, this.pointer);
  }

  synchronize(): void {
    cuda('cudaStreamSynchronize', this.pointer);
  }

  /** With all the memory that came from here and was not disposed of. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const block of this.#blocks) block.dispose();
    cuda('cudaStreamDestroy', this.pointer);
  }

  #kept<B extends Block>(block: B): B {
    this.#blocks.push(block);
    return block;
  }
}

class Block implements TensorMemory {
  readonly place: Place;
  readonly byteLength: number;
  readonly #start: Pointer;
  readonly #free: 'cudaFree' | 'cudaFreeHost';
  #disposed = false;

  constructor(place: Place, start: Pointer, byteLength: number, free: 'cudaFree' | 'cudaFreeHost') {
    this.place = place;
    this.byteLength = byteLength;
    this.#start = start;
    this.#free = free;
  }

  address(offset = 0): Pointer {
    return this.#start + BigInt(offset);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    cuda(this.#free, this.#start);
  }
}

/** Memory of the host that cannot be swapped out: the device copies it without a detour. */
class PinnedBlock extends Block implements HostMemory {
  readonly buffer: ArrayBuffer;

  constructor(start: Pointer, byteLength: number) {
    super({ kind: 'cpu' }, start, byteLength, 'cudaFreeHost');
    this.buffer = koffi.view(start, byteLength);
    new Uint8Array(this.buffer).fill(0);
  }
}
