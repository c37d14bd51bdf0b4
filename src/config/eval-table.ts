// The settings of `kvasir eval`: the data to measure on, how it is cut, and what is measured.

import { cuda } from './cuda-table.ts';
import { cacheDirectory, pulling } from './hub-table.ts';
import { type Setting, secret, setting, text } from './kinds.ts';
import { keyCharacters } from './names.ts';
import { integer, zeroFor } from './quantities.ts';
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
  wikitextFile: file('wikitext', "WikiText-2's or -103's raw test set: wiki.test.raw"),
  treebankFile: file('ptb', "the Penn Treebank's test set for language models: ptb.test.txt"),
  lambadaFile: file('lambada', "OpenAI's version of LAMBADA's test set: lambada_test.jsonl"),
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
        'tokens from the beginning of a window to that of the next; what overlaps is not counted',
      unit: 'tokens',
      least: 1,
      most: 2 ** 24,
      fallback: 0,
      because: 'as the context, no overlap',
    }),
  ),
  limit: zeroFor(
    integer('limit', {
      meaning: 'so many of the first articles, sentences or passages; texts and ids count whole',
      least: 1,
      most: 2 ** 31,
      fallback: 0,
      because: 'all of them',
    }),
  ),
  jsonFile: file('json', 'results, settings and versions are written here, too'),
  url: setting<string>(
    'url',
    {
      meaning: 'measures the model of a running server that tells log-probabilities of prompts',
      fallback: '',
      because: 'none, the model runs here',
      isGuarded: true,
    },
    {
      placeholder: 'URL',
      accepts: 'an address like http://127.0.0.1:8000',
      parse: (given) => (/^https?:/.test(given) && URL.canParse(given) ? given : undefined),
      show: (value) => value,
    },
  ),
  apiKey: secret('api-key', {
    meaning: 'key to show to that server',
    accepts: `a key of ${keyCharacters}`,
    pattern: /^[\x21-\x7e]+$/,
    fallback: '',
    because: 'none',
  }),
  model: serve.model,
  precision: serve.precision,
  cachePrecision: serve.cachePrecision,
  cacheLayout: serve.cacheLayout,
  device: serve.device,
  threads: serve.threads,
  ...cuda,
  kvMemoryBytes: serve.kvMemoryBytes,
  prefillChunkTokens: {
    ...serve.prefillChunkTokens,
    meaning: 'most tokens of one step; no result depends on it',
  },
  cacheDirectory,
  ...pulling,
};
