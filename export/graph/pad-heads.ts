// Attention's kernel wants head sizes that are multiples of 8. Others are filled up with zeros, in
// the weights and once for all: zero columns make the padded part of each query, key and value zero,
// so it adds nothing to any score, and zero rows ignore it again on the way out.
//
//   c_attn  [width, 3 · heads · size]    ->  [width, 3 · heads · padded]    q0 q1 . | q0 q1 . | …
//   c_proj  [heads · size, width]        ->  [heads · padded, width]
//
// The scale stays 1/sqrt(true size): it is an attribute of the operator, not its guess.

import type { Gpt2Config } from '../../models/gpt2/config.ts';
import type { WeightSource } from '../checkpoint/checkpoint.ts';

export function paddedHeadSize({ width, headCount }: Gpt2Config): number {
  return Math.ceil(width / headCount / 8) * 8;
}

export function padHeads(config: Gpt2Config, weights: WeightSource): WeightSource {
  const { width, headCount } = config;
  const size = width / headCount;
  const padded = paddedHeadSize(config);
  if (padded === size) return weights;
  return {
    shape: (name) => {
      const shape = weights.shape(name);
      if (makesHeads(name)) return [...shape.slice(0, -1), 3 * headCount * padded];
      if (takesHeads(name)) return [headCount * padded, width];
      return shape;
    },
    read: (name) => {
      const data = weights.read(name);
      if (makesHeads(name)) return spread(data, size, padded);
      if (takesHeads(name)) return spread(data, size * width, padded * width);
      return data;
    },
  };
}

const makesHeads = (name: string) => /\.attn\.c_attn\.(weight|bias)$/.test(name);
const takesHeads = (name: string) => name.endsWith('.attn.c_proj.weight');

/** Moves each run of `group` numbers to the start of a run of `padded`, zeros behind it. */
function spread(
  data: Float32Array<ArrayBuffer>,
  group: number,
  padded: number,
): Float32Array<ArrayBuffer> {
  const groupCount = data.length / group;
  const result = new Float32Array(groupCount * padded);
  for (let at = 0; at < groupCount; at++) {
    result.set(data.subarray(at * group, (at + 1) * group), at * padded);
  }
  return result;
}
