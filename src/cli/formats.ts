// How weights, and keys and values, are stored: as it is chosen, and as the lines say it that introduce
// a model.

import {
  type CacheLayout,
  type CachePrecision,
  cacheLayoutsWith,
  cachePrecisionsWith,
  type Manifest,
  type Precision,
} from '../../models/manifest.ts';
import { ServeError } from '../errors.ts';

export interface Precisions {
  readonly precision: Precision;
  readonly cachePrecision: CachePrecision;
  readonly cacheLayout: CacheLayout;
}

/** `auto`: as the artifact has it; where a checkpoint is exported, fp32, and a cache of rows that fits. */
export interface PrecisionChoice {
  readonly precision: Precision | 'auto';
  readonly cachePrecision: CachePrecision | 'auto';
  readonly cacheLayout: CacheLayout | 'auto';
}

/** What an artifact was exported with, as far as it decides what it can run on. */
export type StoredFormats = Pick<Precisions, 'precision' | 'cacheLayout'>;

/** Throws `ServeError` (invalid_setting) where they do not go together. */
export function exportedWith(choice: PrecisionChoice): Precisions {
  const precision = choice.precision === 'auto' ? 'fp32' : choice.precision;
  const possible = cachePrecisionsWith(precision);
  const cacheLayout = layoutWith(precision, choice.cacheLayout);
  if (choice.cachePrecision === 'auto') {
    return { precision, cachePrecision: possible[0], cacheLayout };
  }
  if (possible.includes(choice.cachePrecision)) {
    return { precision, cachePrecision: choice.cachePrecision, cacheLayout };
  }
  throw new ServeError(
    'invalid_setting',
    `--kv-precision ${choice.cachePrecision}: weights in ${precision} go with ` +
      `--kv-precision ${possible.join(' or ')}`,
    '--kv-precision',
  );
}

function layoutWith(precision: Precision, asked: CacheLayout | 'auto'): CacheLayout {
  const possible = cacheLayoutsWith(precision);
  if (asked === 'auto') return possible[0];
  if (possible.includes(asked)) return asked;
  throw new ServeError(
    'invalid_setting',
    `--kv-layout ${asked}: weights in ${precision} go with --kv-layout ${possible.join(' or ')}; ` +
      'attention over blocks computes in fp16 only: add --precision fp16',
    '--kv-layout',
  );
}

export function formatsOf({ precision, cache }: Manifest): string {
  if (cache.precision === cachePrecisionsWith(precision)[0]) return precision;
  return `${precision}, keys and values in ${cache.precision}`;
}
