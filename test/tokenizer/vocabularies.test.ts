// Vocabularies of models' own, read from tokenizer.json, against Hugging Face's tokenizers: the ids of
// awkward texts, and the texts of ids, for each way in which such vocabularies differ.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { detectTokenizer } from '../../export/checkpoint/tokenizer.ts';
import { parseVocabulary } from '../../models/vocabulary.ts';
import { VocabularyTokenizer } from '../../src/tokenizer/vocabulary-tokenizer.ts';
import { plainTexts } from './texts.ts';

interface Expected {
  readonly size: number;
  readonly encodings: readonly (readonly number[])[]; // [texts]
  readonly framed: readonly (readonly number[])[]; // of the first texts
  readonly decodings: readonly (readonly [ids: readonly number[], text: string])[];
}

const fixture: {
  readonly texts: readonly string[];
  readonly vocabularies: Readonly<Record<string, Expected>>;
} = JSON.parse(readFileSync(new URL('../fixtures/vocabularies.json', import.meta.url), 'utf8'));

/** As an artifact carries it: written and read. */
function open(name: string, size: number) {
  const folder = path.resolve('test/fixtures/vocabularies', name);
  const { kind, vocabulary } = detectTokenizer(folder, size);
  expect(kind).toBe('bpe');
  const read = parseVocabulary(JSON.parse(JSON.stringify(vocabulary)), size);
  expect(read).toEqual(vocabulary);
  return { vocabulary: read, tokenizer: new VocabularyTokenizer(read, size) };
}

describe.each(Object.entries(fixture.vocabularies))('%s', (name, expected) => {
  const { vocabulary, tokenizer } = open(name, expected.size);

  test('texts have the ids that they have elsewhere', () => {
    for (const [index, text] of fixture.texts.entries()) {
      expect(tokenizer.encode(text), JSON.stringify(text)).toEqual(expected.encodings[index]);
    }
  });

  test('ids have the texts that they have elsewhere', () => {
    for (const [ids, text] of expected.decodings) {
      expect(tokenizer.decode(ids), `${ids}`).toBe(text);
    }
  });

  test('what is put around a text is known', () => {
    for (const [index, ids] of expected.framed.entries()) {
      const inner = tokenizer.encode(fixture.texts[index]!);
      expect([...vocabulary.prefixIds, ...inner, ...vocabulary.suffixIds]).toEqual(ids);
    }
  });

  test('random texts, read in whatever parcels, are what their ids are at once', () => {
    fc.assert(
      fc.property(plainTexts, fc.integer({ min: 1, max: 5 }), (text, parcel) => {
        const ids = tokenizer.encode(text);
        const decoder = tokenizer.createDecoder();
        let pieces = '';
        for (let at = 0; at < ids.length; at += parcel) {
          pieces += decoder.push(ids.slice(at, at + parcel));
        }
        expect(pieces + decoder.end()).toBe(tokenizer.decode(ids));
      }),
      { numRuns: 100 },
    );
  });

  test('a limit is met exactly, or there is nothing', () => {
    fc.assert(
      fc.property(plainTexts, fc.integer({ min: 0, max: 40 }), (text, limit) => {
        const ids = tokenizer.encode(text);
        expect(tokenizer.encodeWithin(text, limit)).toEqual(ids.length <= limit ? ids : null);
      }),
      { numRuns: 100 },
    );
  });
});

test('a text in bytes comes back as it was, but for lone surrogates', () => {
  const { tokenizer } = open('bytes', fixture.vocabularies['bytes']!.size);
  fc.assert(
    fc.property(plainTexts, (text) => {
      const wellFormed = text.replace(/\p{Surrogate}/gu, '\ufffd');
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(wellFormed);
    }),
    { numRuns: 500 },
  );
});
