// A tensor is a description (element type, shape) of memory that somebody else owns.

import { call, create, release } from './api.ts';
import type { Place, TensorMemory } from './device.ts';
import type { Pointer } from './library.ts';

/** ONNXTensorElementDataType and the size of one element. */
const elementTypes = {
  float32: { code: 1, bytes: 4 },
  int8: { code: 3, bytes: 1 },
  int32: { code: 6, bytes: 4 },
  int64: { code: 7, bytes: 8 },
  float16: { code: 10, bytes: 2 },
} as const;

export type ElementType = keyof typeof elementTypes;

const deviceAllocator = 0;
const defaultMemory = 0;

const memoryInfos = new Map<string, Pointer>();

/** ONNX Runtime's description of a place; made once, and kept. */
function memoryInfo(place: Place): Pointer {
  const name = place.kind === 'cpu' ? 'cpu' : `cuda ${place.deviceId}`;
  let found = memoryInfos.get(name);
  if (found === undefined) {
    found =
      place.kind === 'cpu'
        ? create('CreateCpuMemoryInfo', deviceAllocator, defaultMemory)
        : create('CreateMemoryInfo', 'Cuda', deviceAllocator, place.deviceId, defaultMemory);
    memoryInfos.set(name, found);
  }
  return found;
}

export class Tensor {
  readonly shape: readonly number[];
  readonly pointer: Pointer;
  #disposed = false;

  /** A view of `memory` from byte `offset` on. Throws `RangeError` where it would reach outside. */
  constructor(memory: TensorMemory, type: ElementType, shape: readonly number[], offset = 0) {
    const { code, bytes } = elementTypes[type];
    const byteLength = shape.reduce((product, size) => product * size, bytes);
    if (offset < 0 || offset + byteLength > memory.byteLength) {
      throw new RangeError(
        `a ${type} tensor [${shape}] at byte ${offset} does not fit ${memory.byteLength} bytes`,
      );
    }
    this.shape = shape;
    this.pointer = create(
      'CreateTensorWithDataAsOrtValue',
      memoryInfo(memory.place),
      memory.address(offset),
      byteLength,
      BigInt64Array.from(shape, BigInt),
      shape.length,
      code,
    );
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    release('ReleaseValue', this.pointer);
  }
}

/** Which tensors a run reads and writes, by the graph's names. Holds no tensor alive. */
export class Binding {
  readonly pointer: Pointer;
  #disposed = false;

  constructor(session: { readonly pointer: Pointer }) {
    this.pointer = create('CreateIoBinding', session.pointer);
  }

  input(name: string, tensor: Tensor): void {
    call('BindInput', this.pointer, name, tensor.pointer);
  }

  output(name: string, tensor: Tensor): void {
    call('BindOutput', this.pointer, name, tensor.pointer);
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    release('ReleaseIoBinding', this.pointer);
  }
}
