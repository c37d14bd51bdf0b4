// Which vocabulary a folder has, by the names of its files.

import { cpSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { detectTokenizer } from '../../export/checkpoint/tokenizer.ts';
import { CheckpointError } from '../../models/errors.ts';
import { createTokenizer } from '../../src/tokenizer/tokenizer.ts';
import { sharedData } from '../support/folders.ts';
import { open, tokenizerJson, twoFiles, vocab, withFiles } from './vocabulary-folders.ts';

describe('without a vocabulary', () => {
  test("a model of GPT-2's size has GPT-2's, and any other has ids", () => {
    expect(detectTokenizer(withFiles({}), 50_257).kind).toBe('gpt2');
    expect(detectTokenizer(withFiles({}), 50_304).kind).toBe('ids');
    expect(detectTokenizer(withFiles({}), 97).kind).toBe('ids');
  });
});

describe('a small vocabulary', () => {
  test.each([
    ['in tokenizer.json, merges as texts and as pairs', { 'tokenizer.json': tokenizerJson }],
    ['in two files', twoFiles],
    ['in two files of Windows', { ...twoFiles, 'merges.txt': '#version: 0.2\r\na b\r\nab c\r\n' }],
    ["in OpenAI's two files", { 'encoder.json': vocab, 'vocab.bpe': twoFiles['merges.txt'] }],
    ['behind a byte order mark', { ...twoFiles, 'vocab.json': `\ufeff${JSON.stringify(vocab)}` }],
  ])('%s gives ids', (_, files) => {
    const tokenizer = open(withFiles(files), 20);
    expect(tokenizer.encode('abcab ca')).toEqual([4, 3, 5, 2, 0]);
    expect(tokenizer.decode([4, 3, 5, 2, 0])).toBe('abcab ca');
  });

  test('leaves out bytes that have no token, as Hugging Face does', () => {
    expect(open(withFiles(twoFiles), 20).encode('xaxb€c')).toEqual([3, 2]);
  });

  test('may be smaller than the model: other ids stand for nothing', () => {
    const tokenizer = open(withFiles(twoFiles), 20);
    expect(tokenizer.decode([0, 6, 19, 1])).toBe('ab');
    expect(tokenizer.bytesOf(19)).toHaveLength(0);
    expect(() => tokenizer.decode([20])).toThrow('the id 20 is in a vocabulary of 20');
  });

  test('an added token beyond the model is text', () => {
    const files = { ...twoFiles, 'added_tokens.json': { '[abc]': 6, '[pad]': 7 } };
    expect(open(withFiles(files), 8).encode('ab[abc]')).toEqual([3, 6]);
    expect(open(withFiles(files), 6).encode('ab[abc]')).toEqual([3, 4]);
  });

  test('what a model adds is in its text, whatever its letters', () => {
    const files = { ...twoFiles, 'added_tokens.json': { '<é€>': 6 } };
    const tokenizer = open(withFiles(files), 20);
    expect(tokenizer.encode('a<é€>b')).toEqual([0, 6, 1]);
    expect(tokenizer.decode([0, 6, 1])).toBe('a<é€>b');
    expect(tokenizer.isSpecial(6)).toBe(false);
  });

  test('tokens with roles are special, and added where they were not', () => {
    const roles = { bos_token: '<s>', pad_token: { content: '<p>' }, unk_token: 'c' };
    const files = { ...twoFiles, 'special_tokens_map.json': roles };
    const tokenizer = open(withFiles(files), 20);
    expect(tokenizer.encode('ab<s><p>c')).toEqual([3, 6, 7, 2]);
    expect([2, 6, 7, 8].map((id) => tokenizer.isSpecial(id))).toEqual([true, true, true, false]);
  });
});

const vectors = sharedData('vectors');
const why = vectors === null ? ' (skipped: ../shared/vectors is not here)' : '';

describe.skipIf(vectors === null)(`files that others wrote${why}`, () => {
  const of = (name: string) => path.join(vectors ?? '', name);
  const published = createTokenizer('gpt2', 50_257);

  test("lm-buddy's own vocabulary gives the ids that transformers gives", () => {
    const tokenizer = open(of('tiny_gpt2_lm_buddy'), 21);
    expect(tokenizer.encode('lower newer')).toEqual([0, 1, 2, 15, 10, 9, 3, 2, 15]);
    expect(tokenizer.encode('hello<|endoftext|> <unk>x')).toEqual([3, 0, 0, 1, 20, 10, 19]);
    expect(tokenizer.encode('zzz')).toEqual([]);
    expect(tokenizer.decode([3, 0, 0, 1, 20, 10, 19])).toBe('ello<|endoftext|> <unk>');
    expect([18, 19, 20].map((id) => tokenizer.isSpecial(id))).toEqual([false, true, true]);
  });

  test.each([
    ['tokenizer.json', ['tiny_gpt2_lm_buddy/fake_gpt2/tokenizer.json']],
    [
      'two files',
      ['tiny_gpt2_lm_buddy/fake_gpt2/vocab.json', 'tiny_gpt2_lm_buddy/fake_gpt2/merges.txt'],
    ],
    ['all files', ['tiny_gpt2_lm_buddy/fake_gpt2']],
    ["OpenAI's two files", ['openai_ckpt_124M/encoder.json', 'openai_ckpt_124M/vocab.bpe']],
    ["OpenAI's encoder.json alone", ['openai_ckpt_124M/encoder.json']],
  ])("GPT-2's own in %s is the built-in one", (_, files) => {
    const directory = withFiles({});
    for (const file of files) {
      const isFolder = !path.extname(file);
      cpSync(of(file), isFolder ? directory : path.join(directory, path.basename(file)), {
        recursive: true,
      });
    }
    expect(detectTokenizer(directory, 50_257)).toEqual({ kind: 'gpt2', vocabulary: null });
    expect(detectTokenizer(directory, 50_304).kind).toBe('gpt2');
    expect(() => detectTokenizer(directory, 97)).toThrow(CheckpointError);
  });

  test("GPT-2's with a token added is one of its own, with GPT-2's ids for all other texts", () => {
    const fake = of('tiny_gpt2_lm_buddy/fake_gpt2');
    const [vocabulary, merges] = ['vocab.json', 'merges.txt'].map((name) => {
      return readFileSync(path.join(fake, name), 'utf8');
    });
    const added = { 'added_tokens.json': { '<|user|>': 50_257 } };
    const tokenizer = open(
      withFiles({ 'vocab.json': vocabulary, 'merges.txt': merges, ...added }),
      50_258,
    );
    expect(tokenizer.encode('Hello<|user|> world')).toEqual([15_496, 50_257, 995]);
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
        expect(tokenizer.encode(text)).toEqual(published.encode(text));
      }),
      { numRuns: 300 },
    );
    for (const word of ['a'.repeat(3000), 'ab'.repeat(2000), 'Ã'.repeat(900)]) {
      expect(tokenizer.encode(word)).toEqual(published.encode(word));
    }
  });
});
