// How weights, and keys and values, are stored: as it is chosen, and as the lines say it that introduce
// a model.

import type { Manifest, Precision } from '../../models/manifest.ts';

export interface Precisions {
  readonly precision: Precision;
  readonly cachePrecision: Precision;
}

export function formatsOf({ precision, cache }: Manifest): string {
  if (cache.precision === 'fp32') return precision;
  return `${precision}, keys and values in ${cache.precision}`;
}
