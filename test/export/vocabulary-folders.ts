// Folders with a small vocabulary, in one file or in two, and what is made of them.

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { detectTokenizer } from '../../export/checkpoint/tokenizer.ts';
import { VocabularyTokenizer } from '../../src/tokenizer/vocabulary-tokenizer.ts';
import { temporaryFolder } from '../support/folders.ts';

const folder = temporaryFolder();
let count = 0;

export function withFiles(files: Readonly<Record<string, unknown>>): string {
  const directory = path.join(folder, `case-${count++}`);
  mkdirSync(directory);
  for (const [name, content] of Object.entries(files)) {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    writeFileSync(path.join(directory, name), text);
  }
  return directory;
}

export function open(directory: string, size: number): VocabularyTokenizer {
  return new VocabularyTokenizer(detectTokenizer(directory, size).vocabulary!, size);
}

export const vocab = { a: 0, b: 1, c: 2, ab: 3, abc: 4, Ġ: 5 };
export const byteLevel = { type: 'ByteLevel', add_prefix_space: false };
export const tokenizerJson = {
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: byteLevel,
  post_processor: null,
  decoder: { type: 'ByteLevel' },
  model: { type: 'BPE', vocab, merges: ['a b', ['ab', 'c']] },
};
export const withModel = (model: object) => ({
  'tokenizer.json': { ...tokenizerJson, model: { ...tokenizerJson.model, ...model } },
});
export const withPart = (part: object) => ({ 'tokenizer.json': { ...tokenizerJson, ...part } });
export const twoFiles = { 'vocab.json': vocab, 'merges.txt': '#version: 0.2\na b\nab c\n' };
