// A prompt that cannot fit is refused before it is encoded whole. Work is counted in look-ups of the
// byte table: every token and every merge of a text needs one at least.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { BytePairTokenizer } from '../../src/tokenizer/byte-pair-tokenizer.ts';
import { readGpt2Vocabulary } from '../../src/tokenizer/gpt2-vocabulary.ts';
import { texts } from './texts.ts';

function countingTokenizer() {
  const vocabulary = readGpt2Vocabulary();
  const { table } = vocabulary;
  const find = table.find.bind(table);
  let lookUpCount = 0;
  table.find = (...piece) => {
    lookUpCount++;
    return find(...piece);
  };
  const tokenizer = new BytePairTokenizer(vocabulary, 50257);
  const countLookUps = (work: () => void) => {
    lookUpCount = 0;
    work();
    return lookUpCount;
  };
  return { tokenizer, countLookUps };
}

const { tokenizer, countLookUps } = countingTokenizer();

test('a text of exactly as many tokens as the limit is encoded, and none of more', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const ids = tokenizer.encode(text);
      expect(tokenizer.encodeWithin(text, ids.length)).toEqual(ids);
      expect(tokenizer.encodeWithin(text, ids.length + 1)).toEqual(ids);
      if (ids.length > 0) expect(tokenizer.encodeWithin(text, ids.length - 1)).toBeNull();
    }),
    { numRuns: 500 },
  );
});

test('texts of the longest tokens fit as long as they really do', () => {
  for (let id = 0; id < 50257; id += 1) {
    const bytes = tokenizer.bytesOf(id);
    if (bytes.length < 30) continue;
    const text = tokenizer.decode([id, id, id]);
    const ids = tokenizer.encode(text);
    expect(tokenizer.encodeWithin(text, ids.length), text).toEqual(ids);
  }
});

test('a hundred million characters are refused without looking at one', () => {
  const text = 'a'.repeat(100_000_000);
  expect(countLookUps(() => expect(tokenizer.encodeWithin(text, 1024)).toBeNull())).toBe(0);
});

test('of a long text, no more is encoded than fits', () => {
  const text = 'a small boat '.repeat(10_000); // 130,000 characters, 30,000 tokens
  const count = countLookUps(() => expect(tokenizer.encodeWithin(text, 1024)).toBeNull());
  expect(count).toBeLessThan(1100);
});

test('one word that cannot fit is not merged', () => {
  const word = 'strawberry'.repeat(10_000);
  const count = countLookUps(() => expect(tokenizer.encodeWithin(word, 1024)).toBeNull());
  expect(count).toBeLessThan(10);
});

test('special tokens count against the limit', () => {
  const text = '<|endoftext|>'.repeat(5);
  expect(tokenizer.encodeWithin(text, 5)).toEqual(Array(5).fill(50256));
  expect(tokenizer.encodeWithin(text, 4)).toBeNull();
});

test('a word of n bytes takes a few look-ups for each byte, however long it is', () => {
  for (const letters of ['a', 'ab', 'strawberry', 'é', '日本']) {
    for (const length of [1000, 16_000]) {
      const word = letters.repeat(length / letters.length);
      const byteCount = new TextEncoder().encode(word).length;
      expect(countLookUps(() => tokenizer.encode(word))).toBeLessThan(4 * byteCount);
    }
  }
});
