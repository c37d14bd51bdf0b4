// The settings of `kvasir eval`: the data to measure on, how it is cut, and what is measured.

import { cuda } from './cuda-table.ts';
import { cacheDirectory, pulling } from './hub-table.ts';
import { integer, type Setting, text, zeroFor } from './kinds.ts';
import { serve } from './serve-table.ts';

function file(flag: string, meaning: string): Setting<string> {
  return text(flag, {
    meaning,
    placeholder: 'FILE',
    accepts: 'a file',
    fallback: '',
    because: 'none',
  });
}

export const evaluate = {
  textFile: file('text', 'perplexity of this text, UTF-8'),
  idsFile: file('ids', 'perplexity of these token ids, 16 bits each, little-endian'),
  contextTokens: zeroFor(
    integer('context', {
      meaning: 'tokens of the windows that texts are read in',
      unit: 'tokens',
      least: 2,
      most: 2 ** 24,
      fallback: 0,
      because: "the model's own context",
    }),
  ),
  strideTokens: zeroFor(
    integer('stride', {
      meaning:
        'tokens from the begin of a window to that of the next; what overlaps is not counted',
      unit: 'tokens',
      least: 1,
      most: 2 ** 24,
      fallback: 0,
      because: 'as the context, no overlap',
    }),
  ),
  jsonFile: file('json', 'results, settings and versions are written here, too'),
  model: serve.model,
  precision: serve.precision,
  cachePrecision: serve.cachePrecision,
  device: serve.device,
  threads: serve.threads,
  ...cuda,
  kvMemoryBytes: serve.kvMemoryBytes,
  prefillChunkTokens: integer('prefill-chunk', {
    meaning: 'most tokens of one step; no result depends on it',
    unit: 'tokens',
    least: 2,
    most: 65536,
    fallback: 256,
  }),
  cacheDirectory,
  ...pulling,
};
