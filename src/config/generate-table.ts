// The settings of `kvasir generate` besides those of the text itself, which are the fields of the API:
// cli/generate-fields.ts makes flags of them.

import { cuda } from './cuda-table.ts';
import { evaluate } from './eval-table.ts';
import { cacheDirectory, pulling } from './hub-table.ts';
import { toggle } from './kinds.ts';
import { serve } from './serve-table.ts';

const answered = {
  json: toggle('json', {
    meaning: "writes the API's answer as JSON instead of its text",
    variable: 'KVASIR_GENERATE_JSON',
  }),
  stream: toggle('stream', {
    meaning: 'with --json: a line of JSON for each piece of text, and a last one with the counts',
  }),
};

const answering = {
  model: {
    ...serve.model,
    fallback: () => '',
    because: "storyteller; with --url, the server's first",
  },
  url: {
    ...evaluate.url,
    meaning: "a running server generates the text: Kvasir's or any with OpenAI's completions",
  },
  apiKey: evaluate.apiKey,
  precision: serve.precision,
  cachePrecision: serve.cachePrecision,
  cacheLayout: serve.cacheLayout,
  cacheDirectory,
  ...pulling,
};

const computing = {
  device: serve.device,
  threads: serve.threads,
  kvMemoryBytes: serve.kvMemoryBytes,
  prefillChunkTokens: serve.prefillChunkTokens,
  speculation: serve.speculation,
  ...cuda,
};

export const generate = { ...answered, ...answering, ...computing };

/** As the help shows them. */
export const generateGroups = {
  'How it is written': answered,
  'What generates it': answering,
  'How it computes': computing,
};
