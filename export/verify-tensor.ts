// Plain arrays with a type and a shape, as a graph is run over them when it is verified.

import type { ElementType } from '../models/gpt2/signature.ts';

export interface TensorData {
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** float16 as its bits. */
  readonly data: Float32Array | Uint16Array | Int8Array | Int32Array | BigInt64Array;
}

export function int64(values: readonly number[], shape: readonly number[]): TensorData {
  return { type: 'int64', shape, data: BigInt64Array.from(values, BigInt) };
}

export function int32(values: readonly number[], shape: readonly number[]): TensorData {
  return { type: 'int32', shape, data: Int32Array.from(values) };
}

export function float32(data: Float32Array, shape: readonly number[]): TensorData {
  return { type: 'float32', shape, data };
}

const cacheArrays = { float32: Float32Array, float16: Uint16Array, int8: Int8Array } as const;

/** Zeros of a type that caches have. */
export function zeros(type: ElementType, shape: readonly number[]): TensorData {
  const size = shape.reduce((product, axis) => product * axis, 1);
  return { type, shape, data: new cacheArrays[type as keyof typeof cacheArrays](size) };
}
