// What a graph in fp16 computes, the slow and obvious way: the eager reference, with weights and
// whatever goes from one operation to the next rounded to halves. How an operation adds up inside is
// not fp16's business; nor are the scores of logits, which are taken in float32.

import { eagerOps } from './eager.ts';
import type { Cache } from './eager-attention.ts';
import type { Tensor } from './eager-tensor.ts';
import type { Ops } from './ops.ts';

/** `cache`'s own numbers are rounded by being made of rounded ones. */
export function fp16Ops(cache: Cache): Ops<Tensor> {
  const words = eagerOps(cache);
  return {
    ...words,
    gather: (table, ids) => halves(words.gather(table, ids)),
    add: (a, b) => halves(words.add(a, b)),
    linear: (x, weight, bias) => halves(words.linear(x, halves(weight), halves(bias))),
    project: (x, table) => halves(words.project(x, halves(table))),
    layerNorm: (x, weight, bias, epsilon) =>
      halves(words.layerNorm(x, halves(weight), halves(bias), epsilon)),
    activate: (x, activation) => halves(words.activate(x, activation)),
    selfAttention: (qkv, shape) => halves(words.selfAttention(qkv, shape)),
  };
}

function halves(x: Tensor): Tensor {
  return { shape: x.shape, data: x.data.map(nearestHalf) };
}

const float = new Float32Array(1);
const pattern = new Uint32Array(float.buffer);

/** Adding it leaves no digits behind the point: the sum is rounded to a whole number, ties to even. */
const noFraction = 1.5 * 2 ** 52;

/** To 11 binary digits, or to multiples of 2^-24; ties to even. Infinite where there is no half. */
export function nearestHalf(x: number): number {
  float[0] = x;
  const exponent = ((pattern[0]! >>> 23) & 0xff) - 127;
  if (exponent > 15) return Math.sign(x) * Infinity;
  const step = 2 ** (Math.max(-14, exponent) - 10);
  const half = (x / step + noFraction - noFraction) * step;
  return Math.abs(half) > 65504 ? Math.sign(x) * Infinity : half;
}
