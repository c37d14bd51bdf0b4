// Which tokenizer a checkpoint speaks. GPT-2's own vocabulary is built into the server; a checkpoint
// that brings another one is refused by name, rather than served with the wrong words.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import gpt2Ranks from 'js-tiktoken/ranks/gpt2';
import { CheckpointError } from '../../models/errors.ts';
import { type Gpt2Config, publishedSizes } from '../../models/gpt2/config.ts';
import type { TokenizerKind } from '../../models/manifest.ts';

type Vocabulary = ReadonlyMap<string, number>;

export function detectTokenizer(directory: string, config: Gpt2Config): TokenizerKind {
  const own = readVocabulary(directory);
  const ofGpt2 = config.vocabularySize === publishedSizes['124M'].vocabularySize;
  if (own === null) return ofGpt2 ? 'gpt2' : 'ids';
  if (ofGpt2 && sameVocabulary(own.vocabulary, gpt2Vocabulary())) return 'gpt2';
  throw new CheckpointError(
    `${own.file} is not GPT-2's vocabulary; supported: GPT-2's own, or, in a folder without ` +
      'vocab.json, tokenizer.json and encoder.json, any: it is served as plain token ids',
  );
}

function readVocabulary(directory: string): { file: string; vocabulary: Vocabulary } | null {
  for (const file of ['vocab.json', 'tokenizer.json', 'encoder.json']) {
    const path = join(directory, file);
    if (!existsSync(path)) continue;
    return { file, vocabulary: parseVocabulary(file, readFileSync(path, 'utf8')) };
  }
  return null;
}

/** vocab.json is a map from token to id, OpenAI's encoder.json, too; tokenizer.json has it inside. */
function parseVocabulary(file: string, text: string): Vocabulary {
  try {
    const json = JSON.parse(text);
    return new Map(Object.entries<number>(file === 'tokenizer.json' ? json.model.vocab : json));
  } catch {
    throw new CheckpointError(`${file} is not a vocabulary in JSON`);
  }
}

function sameVocabulary(a: Vocabulary, b: Vocabulary): boolean {
  return a.size === b.size && [...a].every(([token, id]) => b.get(token) === id);
}

/** From tiktoken's table: a line is `! <first id> <token> <token> …`, tokens in base64. */
function gpt2Vocabulary(): Vocabulary {
  const vocabulary = new Map<string, number>(Object.entries(gpt2Ranks.special_tokens));
  for (const line of gpt2Ranks.bpe_ranks.split('\n')) {
    const [, firstId, ...tokens] = line.split(' ');
    tokens.forEach((token, at) => {
      vocabulary.set(spelled(Buffer.from(token, 'base64')), Number(firstId) + at);
    });
  }
  return vocabulary;
}

/**
 * As vocab.json spells bytes: printable Latin-1 as itself, each of the other 68 as the next free
 * character from U+0100 on, so that a space is Ġ.
 */
function spelled(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byteSpelling[byte]).join('');
}

const byteSpelling: readonly string[] = (() => {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable =
      (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte <= 0xff && byte !== 0xad);
    return String.fromCodePoint(printable ? byte : next++);
  });
})();
