// Checkpoints with channels far larger than the others, as the published ones have them. What a norm's
// channel is multiplied with, the row of weights that reads it is divided by: the network is the same one.

import type { WeightSource } from '../../export/checkpoint/checkpoint.ts';

const readers: Readonly<Record<string, string>> = { ln_1: 'attn.c_attn', ln_2: 'mlp.c_fc' };

/** `sizes`: of some channels by their number, powers of two where not a bit may change. */
export function withOutliers(
  weights: WeightSource,
  sizes: ReadonlyMap<number, number>,
): WeightSource {
  return {
    shape: (name) => weights.shape(name),
    read: (name) => {
      const data = weights.read(name).slice();
      for (const [norm, reader] of Object.entries(readers)) {
        if (new RegExp(`\\.${norm}\\.(weight|bias)$`).test(name)) {
          for (const [channel, size] of sizes) data[channel]! *= size;
        }
        if (!name.endsWith(`.${reader}.weight`)) continue;
        const columns = weights.shape(name)[1]!;
        for (const [channel, size] of sizes) {
          for (let at = channel * columns; at < (channel + 1) * columns; at++) data[at]! /= size;
        }
      }
      return data;
    },
  };
}
