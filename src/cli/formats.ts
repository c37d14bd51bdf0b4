// How weights, and keys and values, are stored: as it is chosen, and as the lines say it that introduce
// a model.

import {
  type CachePrecision,
  cachePrecisionsWith,
  type Manifest,
  type Precision,
} from '../../models/manifest.ts';
import { ServeError } from '../errors.ts';

export interface Precisions {
  readonly precision: Precision;
  readonly cachePrecision: CachePrecision;
}

/** `auto`: as the artifact has it; where a checkpoint is exported, fp32, and a cache that fits. */
export interface PrecisionChoice {
  readonly precision: Precision | 'auto';
  readonly cachePrecision: CachePrecision | 'auto';
}

/** Throws `ServeError` (invalid_setting) where the two do not go together. */
export function exportedWith(choice: PrecisionChoice): Precisions {
  const precision = choice.precision === 'auto' ? 'fp32' : choice.precision;
  const possible = cachePrecisionsWith(precision);
  if (choice.cachePrecision === 'auto') return { precision, cachePrecision: possible[0] };
  if (possible.includes(choice.cachePrecision)) {
    return { precision, cachePrecision: choice.cachePrecision };
  }
  throw new ServeError(
    'invalid_setting',
    `--kv-precision ${choice.cachePrecision}: weights in ${precision} go with ` +
      `--kv-precision ${possible.join(' or ')}`,
    '--kv-precision',
  );
}

export function formatsOf({ precision, cache }: Manifest): string {
  if (cache.precision === cachePrecisionsWith(precision)[0]) return precision;
  return `${precision}, keys and values in ${cache.precision}`;
}
