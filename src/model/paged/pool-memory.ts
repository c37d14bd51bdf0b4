// The memory of a cache of blocks: for each layer one pool of keys and one of values, bound to the graph as
// input and output at once. Knows blocks as places; who owns one is kv/'s business.
//
//   a pool     block 0                         block 1                 ...   spare
//              [ token 0 | token 1 | ... ]     [ token 0 | ... ]
//                  └ [ head 0 | head 1 | ... ]
//                        └ headSize numbers
//
//   index = ((block · blockSize + token) · headCount + head) · headSize
//
// Behind the blocks that are handed out lies a spare one, for tokens that nobody wants.

import { cachePorts, type SignatureSizes } from '../../../models/gpt2/signature.ts';
import type { TensorMemory } from '../../onnxruntime/device.ts';
import { type Binding, Tensor } from '../../onnxruntime/tensor.ts';
import { cacheArrays } from '../cache-memory.ts';

export interface PagedSizes extends SignatureSizes {
  readonly blockSize: number;
}

export interface PoolMemory {
  /** The tensors returned must outlive the runs and be disposed after them. */
  bind(binding: Binding): Tensor[];
  /** Copies the first tokens of one block over those of another. */
  copyBlock(fromBlock: number, toBlock: number, tokenCount: number): void;
  dispose(): void;
}

/** Throws `Error` where the sizes are those of a cache of rows. */
export function pagedSizes(sizes: SignatureSizes): PagedSizes {
  const { blockSize } = sizes;
  if (blockSize === null) throw new Error('the cache has rows, and blocks are needed');
  return { ...sizes, blockSize };
}

/** Of a context. */
export function blocksOfContext({ contextLength, blockSize }: PagedSizes): number {
  return Math.ceil(contextLength / blockSize);
}

/** Bytes that one block takes in all layers, keys and values. */
export function blockBytes(sizes: PagedSizes): number {
  return 2 * sizes.layerCount * sizes.blockSize * tokenBytes(sizes);
}

/** Of a token in one pool. */
export function tokenBytes({ headCount, headSize, cacheType }: PagedSizes): number {
  return headCount * headSize * cacheArrays[cacheType].BYTES_PER_ELEMENT;
}

/** Keys, or values, of one layer. */
export interface Pool<Memory extends TensorMemory = TensorMemory> {
  readonly past: string;
  readonly present: string;
  readonly memory: Memory; // [blocks and the spare one, blockSize, heads, headSize]
}

/** `allocate` is called for one pool after another. */
export function cachePools<Memory extends TensorMemory>(
  sizes: PagedSizes,
  blockCount: number,
  allocate: (byteLength: number) => Memory,
): readonly Pool<Memory>[] {
  const bytes = (blockCount + 1) * sizes.blockSize * tokenBytes(sizes);
  return cachePorts(sizes).map(({ past, present }) => {
    return { past: past.name, present: present.name, memory: allocate(bytes) };
  });
}

export function bindPools(
  pools: readonly Pool[],
  sizes: PagedSizes,
  blockCount: number,
  binding: Binding,
): Tensor[] {
  const { blockSize, headCount, headSize, cacheType } = sizes;
  const shape = [blockCount + 1, blockSize, headCount, headSize];
  return pools.map(({ past, present, memory }) => {
    const tensor = new Tensor(memory, cacheType, shape);
    binding.input(past, tensor);
    binding.output(present, tensor);
    return tensor;
  });
}
