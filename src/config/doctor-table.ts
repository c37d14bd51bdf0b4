// The settings of `kvasir doctor`.

import { cuda } from './cuda-table.ts';
import { cacheDirectory } from './hub-table.ts';
import { choice, text } from './kinds.ts';
import { integer, numbers } from './quantities.ts';
import { serve } from './serve-table.ts';

export const doctor = {
  device: choice('device', {
    meaning: 'what is looked at: cuda where it has to work, auto where it may',
    among: ['auto', 'cpu', 'cuda'],
    fallback: 'auto',
  }),
  size: choice('size', {
    meaning: 'which of the published shapes is timed, with random weights',
    among: ['124M', '355M', '774M', '1558M'],
    fallback: '124M',
  }),
  batches: numbers('batches', {
    meaning: 'sequences of the steps that are timed',
    least: 1,
    most: 1024,
    fallback: [],
    because: '1,8,32 on a CPU, 1,8,32,128,256 with CUDA',
  }),
  pasts: numbers('pasts', {
    meaning: 'tokens before those steps',
    least: 2,
    most: 1023,
    fallback: [64, 512],
  }),
  minutes: integer('minutes', {
    meaning: 'nothing is begun after so long',
    least: 1,
    most: 1440,
    fallback: 9,
  }),
  outFile: text('out', {
    meaning: 'what was found and measured is written here as JSON, as far as it has come',
    placeholder: 'FILE',
    accepts: 'a file',
    fallback: '',
    because: 'none',
  }),
  scratchDirectory: text('scratch', {
    meaning: 'where models with random weights are written, and removed at the end',
    placeholder: 'FOLDER',
    accepts: 'a folder',
    fallback: (machine) => machine.temporaryDirectory,
  }),
  threads: serve.threads,
  ...cuda,
  cacheDirectory,
};
