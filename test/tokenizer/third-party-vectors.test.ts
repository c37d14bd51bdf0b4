// Ids that the tests of other projects expect of GPT-2's tokenizer (llama.cpp, transformers.js,
// tiktoken and more). Their data stays where it is: beside the repository, or in KVASIR_SHARED.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { createTokenizer } from '../../src/tokenizer/tokenizer.ts';

const beside = fileURLToPath(new URL('../../../shared', import.meta.url));
const path = join(
  process.env['KVASIR_SHARED'] ?? beside,
  'vectors/tokenizer/gpt2_tokenizer_vectors.json',
);
const isAbsent = !existsSync(path);

test.skipIf(isAbsent)(
  `other projects' vectors are met${isAbsent ? ` (skipped: no ${path})` : ''}`,
  () => {
    const vectors: { source: string; text: string; ids: number[] }[] = JSON.parse(
      readFileSync(path, 'utf8'),
    );
    const tokenizer = createTokenizer('gpt2', 50257);
    expect(vectors.length).toBeGreaterThan(90);
    for (const { source, text, ids } of vectors) {
      expect(tokenizer.encode(text), source).toEqual(ids);
      expect(tokenizer.decode(ids), source).toBe(text);
    }
  },
);
