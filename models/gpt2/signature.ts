// The contract between an exported graph and whoever runs it: names, element types and shapes. There is
// one for a cache of rows (signature-rows.ts) and one for a cache of blocks (signature-paged.ts); what is
// asked about logits, and answered, is the same in both.

import { pagedPorts } from './signature-paged.ts';
import { rowPorts } from './signature-rows.ts';

/** Version 3 has caches of blocks beside those of rows. */
export const signatureVersion = 3;

export type ElementType = 'float32' | 'float16' | 'int32' | 'int64' | 'int8';

/** A number is a fixed size; a word names one that changes from run to run. */
export type Dimension =
  | number
  | 'batch'
  | 'tokens'
  | 'rows'
  | 'normalizers'
  | 'boundaries'
  | 'blocks'
  | 'table_width';

export interface Port {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly Dimension[];
}

/** The sizes that fix a signature; an artifact's manifest states them. */
export interface SignatureSizes {
  readonly layerCount: number;
  readonly headCount: number;
  /** As the cache stores it: a multiple of 8, zero-padded where the checkpoint's is not. */
  readonly headSize: number;
  readonly contextLength: number;
  readonly cacheType: 'float32' | 'float16' | 'int8';
  /** Tokens of a block of the cache; null where it has rows. */
  readonly blockSize: number | null;
  readonly vocabularySize: number;
  readonly candidateCount: number;
}

export interface Signature {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

/** A layer's keys, or values: the input that is appended to, and the output in the same memory. */
export interface CachePorts {
  readonly past: Port;
  readonly present: Port;
}

/** What differs between the two kinds of cache. */
export interface LayoutPorts {
  /** Tokens and what says whose they are. */
  readonly tokens: readonly Port[];
  readonly cache: readonly CachePorts[];
}

export function signature(sizes: SignatureSizes): Signature {
  const { tokens, cache } = layoutPorts(sizes);
  return {
    inputs: [...tokens, ...questions, ...cache.map(({ past }) => past)],
    outputs: [...answers(sizes), ...cache.map(({ present }) => present)],
  };
}

/** Keys and values of each layer, layer by layer. */
export function cachePorts(sizes: SignatureSizes): readonly CachePorts[] {
  return layoutPorts(sizes).cache;
}

function layoutPorts(sizes: SignatureSizes): LayoutPorts {
  const { blockSize } = sizes;
  return blockSize === null ? rowPorts(sizes) : pagedPorts({ ...sizes, blockSize });
}

const questions: readonly Port[] = [
  // Positions in the flattened tokens.
  { name: 'logits_rows', type: 'int64', shape: ['rows'] },
  { name: 'target_ids', type: 'int64', shape: ['rows'] },
  // Rows of the logits; a row may be asked for no normalizer, or for several.
  { name: 'normalizer_rows', type: 'int64', shape: ['normalizers'] },
  { name: 'inverse_temperature', type: 'float32', shape: ['normalizers'] },
];

function answers({ vocabularySize, candidateCount }: SignatureSizes): readonly Port[] {
  return [
    { name: 'logits', type: 'float32', shape: ['rows', vocabularySize] },
    { name: 'log_normalizer', type: 'float32', shape: ['normalizers'] },
    { name: 'target_scores', type: 'float32', shape: ['rows'] },
    { name: 'top_scores', type: 'float32', shape: ['rows', candidateCount] },
    { name: 'top_ids', type: 'int64', shape: ['rows', candidateCount] },
  ];
}
