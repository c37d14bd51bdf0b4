// The settings of `kvasir bench`: which server is loaded, and how.

import { evaluate } from './eval-table.ts';
import { text, toggle } from './kinds.ts';
import { integer, numbers } from './quantities.ts';

export const bench = {
  url: {
    ...evaluate.url,
    meaning: "the running server: Kvasir's or any with OpenAI's completions and ignore_eos",
    fallback: () => 'http://127.0.0.1:8000',
    because: null,
  },
  apiKey: evaluate.apiKey,
  model: text('model', {
    meaning: 'what the server calls the model',
    placeholder: 'NAME',
    accepts: 'a name',
    fallback: '',
    because: 'the first that it names',
  }),
  clients: numbers('clients', {
    meaning: 'streaming clients at a time; each has a row of the table',
    least: 1,
    most: 1024,
    fallback: [1, 8, 32],
  }),
  promptTokens: integer('prompt-tokens', {
    meaning: 'length of each prompt, of random ids, no two of which begin alike',
    unit: 'tokens',
    least: 1,
    most: 2 ** 24,
    fallback: 64,
  }),
  generatedTokens: integer('tokens', {
    meaning: 'what each request generates',
    unit: 'tokens',
    least: 1,
    most: 2 ** 24,
    fallback: 128,
  }),
  requests: integer('requests', {
    meaning: 'requests of each client, one after the other',
    least: 1,
    most: 1_000_000,
    fallback: 2,
  }),
  json: toggle('json', {
    meaning: 'writes JSON instead of a table',
    variable: 'KVASIR_BENCH_JSON',
  }),
};
