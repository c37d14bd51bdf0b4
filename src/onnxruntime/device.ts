// Memory that a graph computes in, wherever it lies, and the order in which it is filled, run over and
// read. On a GPU that order is a CUDA stream: what is asked for happens later, one after the other.

import type { Pointer } from './library.ts';

/** Where bytes lie, as ONNX Runtime names it. */
export type Place = { readonly kind: 'cpu' } | { readonly kind: 'cuda'; readonly deviceId: number };

/** Bytes at an address that stays the same until they are disposed of. */
export interface TensorMemory {
  readonly place: Place;
  readonly byteLength: number;
  /** The address of byte `offset`. */
  address(offset?: number): Pointer;
  /** No tensor over this memory may be used afterwards. */
  dispose(): void;
}

/** Bytes that JavaScript reads and writes. */
export interface HostMemory extends TensorMemory {
  readonly buffer: ArrayBuffer;
}

/** Parts of a block at equal distances. */
export interface Stripes {
  readonly count: number;
  /** Of each. */
  readonly bytes: number;
  /** From the beginning of one to that of the next. */
  readonly distanceBytes: number;
}

/**
 * Copies and runs take place in the order in which they are asked for. What a copy reads or writes on
 * the host may be touched again after the next `synchronize`, and not before.
 */
export interface DeviceStream {
  allocate(byteLength: number): TensorMemory;
  /** Memory of the host that the device reads and writes by itself. */
  allocateHost(byteLength: number): HostMemory;
  /** The first bytes of `from` over those of `to`. */
  copyIn(from: HostMemory, to: TensorMemory, byteLength: number): void;
  /** From byte `fromByte` on, over the bytes of `to` from `toByte` on. */
  copyOut(
    from: TensorMemory,
    fromByte: number,
    to: HostMemory,
    toByte: number,
    byteLength: number,
  ): void;
  /** Stripes that begin at byte `from` over as many that begin at byte `to`; the two do not overlap. */
  copyStripes(memory: TensorMemory, from: number, to: number, stripes: Stripes): void;
  clear(memory: TensorMemory): void;
  /** Returns when all that was asked for is done. Throws what went wrong on the device. */
  synchronize(): void;
  /** Gives back the memory that came from here, too. */
  dispose(): void;
}
