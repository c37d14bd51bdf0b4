// Uniform numbers as values, and as the draws take them.

import { writeUniform } from '../../src/sampling/philox.ts';

export function uniform(
  seedLow: number,
  seedHigh: number,
  sampleIndex: number,
  tokenIndex: number,
): number {
  const point = new Float64Array(1);
  writeUniform(point, { seedLow, seedHigh, sampleIndex }, tokenIndex);
  return point[0]!;
}

export const pointAt = (uniform: number): Float64Array => Float64Array.of(uniform);
