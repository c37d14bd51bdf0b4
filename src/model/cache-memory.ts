// The memory of the KV cache: for each layer one block of keys and one of values, bound to the graph
// as input and output at once. Knows rows as places; who owns one is kv/'s business.
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
} from '../../models/gpt2/signature.ts';
import { largestBlockBytes, NativeMemory } from '../onnxruntime/memory.ts';
import { type Binding, Tensor } from '../onnxruntime/tensor.ts';

const arrays = { float32: Float32Array, int8: Int8Array } as const;

export interface CacheSizes {
  readonly layerCount: number;
  readonly headCount: number;
  readonly headSize: number;
  readonly contextLength: number;
  readonly cacheType: keyof typeof arrays;
}

/** Bytes that one row takes in all layers, keys and values. */
export function rowBytes(sizes: CacheSizes): number {
  return 2 * sizes.layerCount * blockRowBytes(sizes);
}

/** How many rows fit a budget; 0 where not even one does. */
export function rowsWithin(sizes: CacheSizes, budgetBytes: number): number {
  const affordable = Math.floor(budgetBytes / rowBytes(sizes));
  return Math.min(affordable, Math.floor(largestBlockBytes / blockRowBytes(sizes)));
}

function blockRowBytes(sizes: CacheSizes): number {
  const { headCount, contextLength, headSize, cacheType } = sizes;
  return headCount * contextLength * headSize * arrays[cacheType].BYTES_PER_ELEMENT;
}

interface Block {
  readonly past: string;
  readonly present: string;
  readonly memory: NativeMemory;
  readonly numbers: Float32Array | Int8Array; // [rows, heads, context, headSize]
}

export class CacheMemory {
  readonly #sizes: CacheSizes;
  readonly #blocks: readonly Block[];

  constructor(sizes: CacheSizes, rowCount: number) {
    this.#sizes = sizes;
    const block = (past: string, present: string): Block => {
      const memory = new NativeMemory(rowCount * blockRowBytes(sizes));
      return { past, present, memory, numbers: new arrays[sizes.cacheType](memory.buffer) };
    };
    this.#blocks = Array.from({ length: sizes.layerCount }, (_, layer) => [
      block(pastKeyName(layer), presentKeyName(layer)),
      block(pastValueName(layer), presentValueName(layer)),
    ]).flat();
  }

  /** Binds a run of rows; the tensors returned must outlive the runs and be disposed after them. */
  bind(binding: Binding, firstRow: number, rowCount: number): Tensor[] {
    const { headCount, contextLength, headSize, cacheType } = this.#sizes;
    const shape = [rowCount, headCount, contextLength, headSize];
    const offset = firstRow * blockRowBytes(this.#sizes);
    return this.#blocks.map(({ past, present, memory }) => {
      const tensor = new Tensor(memory, cacheType, shape, offset);
      binding.input(past, tensor);
      binding.output(present, tensor);
      return tensor;
    });
  }

  /** Copies the first tokens of one row over those of another. */
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
