// Ids -> text, at once and as they come.

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTokenizer, type Tokenizer } from '../../src/tokenizer/tokenizer.ts';
import { texts } from './texts.ts';

const tokenizer = createTokenizer('gpt2', 50257);

const fixture: { decodings: { text: string; ids: number[] }[] } = JSON.parse(
  readFileSync(new URL('fixtures/gpt2-tokenizer.json', import.meta.url), 'utf8'),
);

/** All ids whose bytes are no whole characters: what mends and breaks UTF-8 when strung together. */
const partialIds = Array.from({ length: 50256 }, (_, id) => id).filter((id) =>
  tokenizer.decode([id]).includes('\ufffd'),
);

const ids = fc.oneof(
  { arbitrary: fc.constantFrom(...partialIds), weight: 4 },
  { arbitrary: fc.nat(50256), weight: 1 },
);
const batches = fc.array(fc.array(ids, { maxLength: 4 }), { maxLength: 12 });

function piecesOf(from: Tokenizer, idBatches: readonly (readonly number[])[]): string[] {
  const decoder = from.createDecoder();
  return [...idBatches.map((batch) => decoder.push(batch)), decoder.end()];
}

describe('ids become the text that others give them', () => {
  test.each(fixture.decodings)('$ids', ({ text, ids }) => {
    expect(tokenizer.decode(ids)).toBe(text);
  });
});

test('decoding what was encoded gives the text, but for lone surrogates', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const wellFormed = text.replaceAll(/\p{Surrogate}/gu, '\ufffd');
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(wellFormed);
    }),
  );
});

test('a byte order mark at the beginning stays', () => {
  expect(tokenizer.decode(tokenizer.encode('\ufeffHi'))).toBe('\ufeffHi');
  expect(piecesOf(tokenizer, [[171], [119], [123], [17250]]).join('')).toBe('\ufeffHi');
});

test('decoding as the ids come gives the text of decoding them at once, valid UTF-8 or not', () => {
  fc.assert(
    fc.property(batches, (idBatches) => {
      expect(piecesOf(tokenizer, idBatches).join('')).toBe(tokenizer.decode(idBatches.flat()));
    }),
    { numRuns: 3000 },
  );
});

test('no piece ends within a character', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const whole = text.replaceAll(/\p{Surrogate}|\ufffd/gu, '');
      const pieces = piecesOf(
        tokenizer,
        tokenizer.encode(whole).map((id) => [id]),
      );
      expect(pieces.join('')).toBe(whole);
      for (const piece of pieces) expect(piece).not.toMatch(/\p{Surrogate}|\ufffd/u);
    }),
    { numRuns: 500 },
  );
});

test('an emoji comes out with the last of its bytes', () => {
  const emojiIds = tokenizer.encode('🦙');
  expect(emojiIds.length).toBe(3);
  const pieces = piecesOf(
    tokenizer,
    emojiIds.map((id) => [id]),
  );
  expect(pieces).toEqual(['', '', '🦙', '']);
  expect(piecesOf(tokenizer, [emojiIds.slice(0, 2)])).toEqual(['', '\ufffd']);
});

test('the bytes of a token are what it adds to a text', () => {
  expect(tokenizer.bytesOf(995)).toEqual(new TextEncoder().encode(' world'));
  expect(tokenizer.bytesOf(50256)).toEqual(new TextEncoder().encode('<|endoftext|>'));
  expect([...tokenizer.bytesOf(171)]).toEqual([0xef]);
});

test('rows that only fill up the embedding stand for no text', () => {
  const padded = createTokenizer('gpt2', 50304);
  expect(padded.vocabularySize).toBe(50304);
  expect(padded.decode([15496, 50303, 995, 50257])).toBe('Hello world');
});

test('an id outside the vocabulary is refused by name', () => {
  for (const id of [50257, -1, 1.5, Number.NaN]) {
    expect(() => tokenizer.decode([id])).toThrow(`the id ${id} is in a vocabulary of 50257`);
    expect(() => tokenizer.createDecoder().push([id])).toThrow(`the id ${id}`);
  }
});

test('a model too small for the vocabulary is refused', () => {
  expect(() => createTokenizer('gpt2', 50256)).toThrow('the model has a row for every token');
});
