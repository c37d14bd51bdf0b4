// The weights that an artifact stores, before they get its number format: the checkpoint's own, or others
// that compute the same.

import type { Precision } from '../../models/manifest.ts';
import type { Checkpoint, WeightSource } from '../checkpoint/checkpoint.ts';
import { smoothed } from './smooth.ts';

export function preparedFor(precision: Precision, checkpoint: Checkpoint): WeightSource {
  switch (precision) {
    case 'fp32':
    case 'fp16':
      return checkpoint;
    case 'int8':
    case 'int4':
      return smoothed(checkpoint.config, checkpoint);
  }
}
