// Text -> ids, against whoever else can say: OpenAI's and Hugging Face's tokenizers (the fixture),
// js-tiktoken, and the slow twin.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { Tiktoken } from 'js-tiktoken/lite';
import published from 'js-tiktoken/ranks/gpt2';
import { describe, expect, test } from 'vitest';
import { createTokenizer } from '../../src/tokenizer/tokenizer.ts';
import { slowEncode, slowMerge } from '../reference/bpe.ts';
import { plainTexts, texts } from './texts.ts';

const tokenizer = createTokenizer('gpt2', 50257);
const asItIs = new Tiktoken(published);
const withUnicodeWhiteSpace = new Tiktoken({
  ...published,
  pat_str: published.pat_str
    .replaceAll('\\s', '\\p{White_Space}')
    .replaceAll('\\S', '\\P{White_Space}'),
});

const fixture: { encodings: { text: string; ids: number[] }[] } = JSON.parse(
  readFileSync(new URL('fixtures/gpt2-tokenizer.json', import.meta.url), 'utf8'),
);

describe('texts become the ids that others give them', () => {
  test.each(fixture.encodings)('$text', ({ text, ids }) => {
    expect(tokenizer.encode(text)).toEqual(ids);
    expect(slowEncode(text)).toEqual(ids);
  });
});

test('random texts become the ids that js-tiktoken gives them', () => {
  fc.assert(
    fc.property(plainTexts, (text) => {
      expect(tokenizer.encode(text)).toEqual(withUnicodeWhiteSpace.encode(text));
    }),
    { numRuns: 1000 },
  );
});

test('only U+FEFF and U+0085 tell the published white space from that of js-tiktoken', () => {
  fc.assert(
    fc.property(plainTexts, (text) => {
      const same = text.replaceAll(/[\ufeff\u0085]/g, '\u2003');
      expect(tokenizer.encode(same)).toEqual(asItIs.encode(same));
    }),
    { numRuns: 500 },
  );
  // As in the fixture's texts, where OpenAI's and Hugging Face's tokenizers agree.
  expect(tokenizer.encode(' \ufeffHello')).toEqual([27332, 119, 123, 15496]);
  expect(asItIs.encode(' \ufeffHello')).toEqual([220, 171, 119, 123, 15496]);
});

test('random texts with special tokens become the ids of the slow twin', () => {
  fc.assert(
    fc.property(texts, (text) => {
      expect(tokenizer.encode(text)).toEqual(slowEncode(text));
    }),
    { numRuns: 1000 },
  );
});

test('long words of few letters, where merges overlap most, become the ids of the slow twin', () => {
  const words = fc.string({ unit: fc.constantFrom('a', 'b', 'e', 'r', 's', 'é'), maxLength: 300 });
  fc.assert(
    fc.property(words, (word) => {
      expect(tokenizer.encode(word)).toEqual(slowEncode(word));
    }),
    { numRuns: 300 },
  );
});

test('a word longer than the memory kept for merging becomes the ids of the slow twin', () => {
  for (const letter of ['a', 'ab', 'Ã', '日']) {
    const word = letter.repeat(700);
    expect(tokenizer.encode(word), letter).toEqual(slowMerge(word));
    expect(tokenizer.encode('after'), 'what was merged before leaves no trace').toEqual([8499]);
  }
});

test('16,000 times "a" is 4,000 times "aaaa", as in shorter runs', () => {
  const four = tokenizer.encode('aaaa');
  expect(four).toEqual([24794]);
  expect(slowMerge('a'.repeat(160))).toEqual(Array(40).fill(four[0]));
  expect(tokenizer.encode('a'.repeat(16_000))).toEqual(Array(4000).fill(four[0]));
});

test('a lone surrogate counts as U+FFFD', () => {
  for (const lone of ['\ud83d', '\ude00', 'a\ud83d b', '\ude00\ud83d', '\ud83d\ud83d\ude00']) {
    const replaced = lone.replaceAll(/\p{Surrogate}/gu, '\ufffd');
    expect(tokenizer.encode(lone)).toEqual(tokenizer.encode(replaced));
  }
});
