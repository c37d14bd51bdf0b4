// Causal self-attention of one sequence, with a cache, by the definition: for each token and head,
// softmax(q · kᵀ · scale) over the keys up to and including its own, times their values.
//
//   qkv row of a token:   q head 0 | q head 1 | … | k head 0 | … | v head 0 | …
//   cache of a layer:     one key row and one value row [width] per token seen so far

import { matrix, row, type Tensor, zeros } from './eager-tensor.ts';
import type { AttentionShape } from './ops.ts';

interface Layer {
  readonly keys: Float64Array[]; // tokens x [width]
  readonly values: Float64Array[]; // tokens x [width]
}

/** What one unit of a cache in whole numbers stands for: of each layer, [width]. */
export interface CacheUnits {
  readonly keys: readonly ArrayLike<number>[];
  readonly values: readonly ArrayLike<number>[];
}

/** The keys and values of one sequence, layer by layer. With units they are kept in int8. */
export class Cache {
  readonly #layers = new Map<number, Layer>();
  readonly #units: CacheUnits | null;

  constructor(units: CacheUnits | null = null) {
    this.#units = units;
  }

  /** One token's keys and values, both [width]. */
  append(index: number, keys: Tensor['data'], values: Tensor['data']): void {
    const layer = this.layer(index);
    layer.keys.push(rounded(keys, this.#units?.keys[index]));
    layer.values.push(rounded(values, this.#units?.values[index]));
  }

  layer(index: number): Layer {
    const layer = this.#layers.get(index) ?? { keys: [], values: [] };
    this.#layers.set(index, layer);
    return layer;
  }
}

export function causalAttention(cache: Cache, qkv: Tensor, shape: AttentionShape): Tensor {
  const [count, packed] = matrix(qkv); // [n, 3 · width]
  const width = packed / 3;
  const headSize = width / shape.headCount;
  const { keys, values } = cache.layer(shape.layer);
  const result = zeros(count, width); // [n, width]
  for (let at = 0; at < count; at++) {
    const token = row(qkv, at);
    cache.append(shape.layer, token.subarray(width, 2 * width), token.subarray(2 * width));
    for (let head = 0; head < shape.headCount; head++) {
      const own = { from: head * headSize, to: (head + 1) * headSize };
      const query = token.subarray(own.from, own.to); // [headSize]
      const weights = softmax(
        keys.map((key) => {
          let sum = 0;
          for (let i = 0; i < headSize; i++) sum += query[i]! * key[own.from + i]!;
          return sum * shape.scale;
        }),
      );
      const to = row(result, at).subarray(own.from, own.to); // [headSize]
      values.forEach((value, past) => {
        for (let i = 0; i < headSize; i++) to[i]! += weights[past]! * value[own.from + i]!;
      });
    }
  }
  return result;
}

/** As whole units from -128 to 127, and what these stand for; without units as they are. */
function rounded(row: Tensor['data'], units: ArrayLike<number> | undefined): Float64Array {
  if (units === undefined) return Float64Array.from(row);
  return Float64Array.from(row, (entry, at) => {
    const count = Math.round(Math.fround(Math.fround(entry) / units[at]!));
    return Math.max(-128, Math.min(127, count)) * units[at]!;
  });
}

function softmax(scores: readonly number[]): number[] {
  const largest = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const exponentials = scores.map((score) => Math.exp(score - largest));
  const sum = exponentials.reduce((a, b) => a + b, 0);
  return exponentials.map((value) => value / sum);
}
