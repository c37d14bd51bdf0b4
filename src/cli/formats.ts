// How weights, and keys and values, are stored: as it is chosen, and as the lines say it that introduce
// a model.

import type { Manifest, Precision } from '../../models/manifest.ts';

export interface Precisions {
  readonly precision: Precision;
  readonly cachePrecision: Precision;
}

/** `auto`: as the artifact has it, fp32 where a checkpoint is exported. */
export interface PrecisionChoice {
  readonly precision: Precision | 'auto';
  readonly cachePrecision: Precision | 'auto';
}

export function exportedWith({ precision, cachePrecision }: PrecisionChoice): Precisions {
  return {
    precision: precision === 'auto' ? 'fp32' : precision,
    cachePrecision: cachePrecision === 'auto' ? 'fp32' : cachePrecision,
  };
}

export function formatsOf({ precision, cache }: Manifest): string {
  if (cache.precision === 'fp32') return precision;
  return `${precision}, keys and values in ${cache.precision}`;
}
