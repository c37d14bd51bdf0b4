// Weights as a graph in fp16 has them, the slow and obvious way. What goes from one operation to the
// next is rounded there, too, but where exactly is each provider's own choice: the reference computes
// on as ever.

import type { Tensor } from './eager-tensor.ts';

export function halves(x: Tensor): Tensor {
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
