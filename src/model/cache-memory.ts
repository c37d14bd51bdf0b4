// The memory of the KV cache, on the host or on a device: for each layer one block of keys and one of
// values, bound to the graph as input and output at once. Knows rows as places; who owns one is kv/'s
// business.
//
//   a block    row 0                          row 1                     ...
//              [ head 0 | head 1 | ... ]      [ head 0 | head 1 | ... ]
//                  └ [ token 0 | token 1 | ... | contextLength - 1 ]
//                        └ headSize numbers
//
//   index = ((row · headCount + head) · contextLength + token) · headSize

import {
  pastKeyName,
  pastValueName,
  presentKeyName,
  presentValueName,
} from '../../models/gpt2/signature-rows.ts';
import type { TensorMemory } from '../onnxruntime/device.ts';
import { largestBlockBytes } from '../onnxruntime/memory.ts';
import { type Binding, Tensor } from '../onnxruntime/tensor.ts';

/** Numbers of 16 bits are only ever moved, so their bits do. */
export const cacheArrays = {
  float32: Float32Array,
  float16: Uint16Array,
  int8: Int8Array,
} as const;

export interface CacheSizes {
  readonly layerCount: number;
  readonly headCount: number;
  readonly headSize: number;
  readonly contextLength: number;
  readonly cacheType: keyof typeof cacheArrays;
}

/** Bytes that one row takes in all layers, keys and values. */
export function rowBytes(sizes: CacheSizes): number {
  return 2 * sizes.layerCount * blockRowBytes(sizes);
}

/** How many rows fit a budget of the host's memory; 0 where not even one does. */
export function rowsWithin(sizes: CacheSizes, budgetBytes: number): number {
  const affordable = Math.floor(budgetBytes / rowBytes(sizes));
  return Math.min(affordable, Math.floor(largestBlockBytes / blockRowBytes(sizes)));
}

/** Bytes of a row in one block. */
export function blockRowBytes(sizes: CacheSizes): number {
  const { headCount, contextLength, headSize, cacheType } = sizes;
  return headCount * contextLength * headSize * cacheArrays[cacheType].BYTES_PER_ELEMENT;
}

/** Keys, or values, of one layer. */
export interface CacheBlock {
  readonly past: string;
  readonly present: string;
  readonly memory: TensorMemory; // [rows, heads, context, headSize]
}

export interface CacheMemory {
  /** Binds a run of rows; the tensors returned must outlive the runs and be disposed after them. */
  bind(binding: Binding, firstRow: number, rowCount: number): Tensor[];
  /** Copies the first tokens of one row over those of another. */
  copyRow(fromRow: number, toRow: number, tokenCount: number): void;
  dispose(): void;
}

/** `allocate` is called for one block after another. */
export function cacheBlocks<Memory extends TensorMemory>(
  sizes: CacheSizes,
  rowCount: number,
  allocate: (byteLength: number) => Memory,
): readonly (CacheBlock & { readonly memory: Memory })[] {
  const block = (past: string, present: string) => {
    return { past, present, memory: allocate(rowCount * blockRowBytes(sizes)) };
  };
  return Array.from({ length: sizes.layerCount }, (_, layer) => [
    block(pastKeyName(layer), presentKeyName(layer)),
    block(pastValueName(layer), presentValueName(layer)),
  ]).flat();
}

export function bindBlocks(
  blocks: readonly CacheBlock[],
  sizes: CacheSizes,
  binding: Binding,
  firstRow: number,
  rowCount: number,
): Tensor[] {
  const { headCount, contextLength, headSize, cacheType } = sizes;
  const shape = [rowCount, headCount, contextLength, headSize];
  const offset = firstRow * blockRowBytes(sizes);
  return blocks.map(({ past, present, memory }) => {
    const tensor = new Tensor(memory, cacheType, shape, offset);
    binding.input(past, tensor);
    binding.output(present, tensor);
    return tensor;
  });
}
