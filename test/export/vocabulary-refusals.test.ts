// What a vocabulary may not be, and how it is named: damaged, made to harm, or of another kind.

import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { detectTokenizer } from '../../export/checkpoint/tokenizer.ts';
import { CheckpointError } from '../../models/errors.ts';
import { VocabularyTokenizer } from '../../src/tokenizer/vocabulary-tokenizer.ts';
import {
  byteLevel,
  tokenizerJson,
  twoFiles,
  vocab,
  withFiles,
  withModel,
  withPart,
} from './vocabulary-folders.ts';

function refusal(files: Readonly<Record<string, unknown>>, size = 20): string {
  try {
    detectTokenizer(withFiles(files), size);
  } catch (error) {
    expect(error).toBeInstanceOf(CheckpointError);
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}

describe('a file that is damaged or made to harm is refused', () => {
  const deep = (depth: number, open: string, close: string) =>
    open.repeat(depth) + close.repeat(depth);
  const nested = (part: string, list: string) => {
    const json = deep(50_000, `{"type":"Sequence","${list}":[`, ']}');
    return {
      'tokenizer.json': JSON.stringify(tokenizerJson).replace(
        `"${part}":null`,
        `"${part}":${json}`,
      ),
    };
  };

  test.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['normalizers within normalizers', nested('normalizer', 'normalizers'), 'within 33 others'],
    ['processors within processors', nested('post_processor', 'processors'), 'within 33 others'],
    [
      'lists within lists for an id',
      { 'vocab.json': `{"a":${deep(50_000, '[', ']')}}` },
      'vocab.json has "a": something too deep or too long to be shown; supported: whole numbers',
    ],
    [
      'lists within lists for a merge',
      { 'tokenizer.json': JSON.stringify(tokenizerJson).replace('"a b"', deep(50_000, '[', ']')) },
      'model.merges[0] is something too deep',
    ],
  ])('%s', (_, files, message) => {
    expect(refusal(files)).toContain(message);
  });

  test('bytes that are no text, and a folder', () => {
    const directory = withFiles({ 'merges.txt': '' });
    writeFileSync(path.join(directory, 'vocab.json'), Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]));
    expect(() => detectTokenizer(directory, 20)).toThrow('vocab.json is not UTF-8');
    const other = withFiles({});
    mkdirSync(path.join(other, 'tokenizer.json'));
    expect(() => detectTokenizer(other, 20)).toThrow('tokenizer.json is not a file');
  });
});

describe('is refused by name', () => {
  const file = 'tokenizer.json';
  // biome-ignore format: a table
  test.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['WordPiece', withModel({ type: 'WordPiece' }), `${file}: model: type is "WordPiece"; supported: "BPE"`],
    ['Unigram', withModel({ type: 'Unigram' }), 'type is "Unigram"'],
    ['a model that says nothing', { [file]: { model: { vocab } } }, 'type is missing; supported: "BPE"'],
    ['no model', { [file]: {} }, `${file}: model must be a JSON object`],
    ['a WordPiece vocabulary', { 'vocab.txt': '[PAD]' }, 'vocab.txt is a WordPiece vocabulary'],
    ['a SentencePiece model', { 'spiece.model': '' }, 'spiece.model is a SentencePiece model'],
    ['a class without its files', { 'tokenizer_config.json': { tokenizer_class: 'BertTokenizer' } }, 'tokenizer_class is "BertTokenizer"; supported: GPT2Tokenizer, or a tokenizer.json'],
    ['dropout', withModel({ dropout: 0.1 }), 'dropout is 0.1; supported: 0'],
    ['an affix', withModel({ end_of_word_suffix: '</w>' }), 'end_of_word_suffix is "</w>"; supported: ""'],
    ['an unknown unknown', withModel({ unk_token: 'x' }), 'unk_token "x" is not in the vocabulary'],
    ['a normalizer', withPart({ normalizer: { type: 'BertNormalizer' } }), 'type is "BertNormalizer"; supported: "NFC"'],
    ['a replacement by a pattern', withPart({ normalizer: { type: 'Replace', pattern: { Regex: 'a+' }, content: '' } }), 'String is missing'],
    ['a pre-tokenizer', withPart({ pre_tokenizer: { type: 'UnicodeScripts' } }), 'type is "UnicodeScripts"'],
    ['bytes before the end', withPart({ pre_tokenizer: { type: 'Sequence', pretokenizers: [byteLevel, { type: 'Digits' }] } }), 'ByteLevel as the last one'],
    ['a pattern', withPart({ pre_tokenizer: { type: 'Split', pattern: { Regex: 'a++' }, behavior: 'Isolated' } }), 'has "++" at 1'],
    ['a decoder', withPart({ decoder: { type: 'WordPiece' } }), 'type is "WordPiece"; supported: "ByteLevel"'],
    ['no decoder of characters', withPart({ pre_tokenizer: null, decoder: null }), 'decoder is missing'],
    ['a post-processor', withPart({ post_processor: { type: 'BertProcessing' } }), 'type is "BertProcessing"'],
    ['no JSON', { 'vocab.json': '[' }, 'vocab.json is not JSON'],
    ['null', { 'vocab.json': 'null' }, 'vocab.json is not a vocabulary in JSON'],
    ['a list', { 'vocab.json': [] }, 'vocab.json is not a vocabulary in JSON'],
    ['an id that is none', { 'vocab.json': { a: '0' } }, 'vocab.json has "a": "0"'],
    ['a negative id', { 'vocab.json': { a: -1 } }, 'vocab.json has "a": -1'],
    ['one id for two', { ...twoFiles, 'vocab.json': { ...vocab, d: 2 } }, 'vocab.json has two tokens at 2: "c", "d"'],
    ['a hole', { ...twoFiles, 'vocab.json': { ...vocab, d: 9 } }, 'vocab.json has no token at 6; supported: one for each id up to the last, 9'],
    ['an id beyond the model', { ...twoFiles, 'vocab.json': { ...vocab, d: 20 } }, `vocab.json has "d" at 20; the model's vocab_size is 20`],
    ['no merges', { 'vocab.json': vocab }, 'merges.txt is missing beside vocab.json'],
    ['a merge of three', { ...twoFiles, 'merges.txt': 'a b c' }, 'merges.txt: line 1 is "a b c"; supported: two tokens'],
    ['a merge of strangers', { ...twoFiles, 'merges.txt': 'a b\nb d' }, 'merges.txt: merge 2, of "b" and "d", needs "d", which vocab.json does not have'],
    ['a merge to a stranger', { ...twoFiles, 'merges.txt': 'b a' }, 'needs "ba"'],
    ['a merge of numbers', withModel({ merges: [[1, 2]] }), 'model.merges[0] is [1,2]'],
    ['merges that are none', withModel({ merges: {} }), 'merges is {}; supported: a list'],
    ['an added token elsewhere', { ...twoFiles, 'added_tokens.json': { ab: 7 } }, 'added_tokens.json adds "ab" at 7; elsewhere it is 3'],
    ['two added tokens at once', { ...twoFiles, 'added_tokens.json': { x: 7, y: 7 } }, 'adds "y" at 7, which is "x" already'],
    ['a frame that is not there', { ...twoFiles, 'tokenizer_config.json': { add_bos_token: true } }, 'add_bos_token is true; supported: false'],
  ])('%s', (_, files, message) => {
    expect(refusal(files)).toContain(message);
  });

  test('a file too large to be a vocabulary', () => {
    const directory = withFiles({ 'merges.txt': '' });
    writeFileSync(path.join(directory, 'vocab.json'), '');
    truncateSync(path.join(directory, 'vocab.json'), 2 ** 29); // a hole: it takes no space
    expect(() => detectTokenizer(directory, 20)).toThrow(
      'vocab.json has 536870912 bytes; supported',
    );
  });
});

test('any part of a tokenizer.json, changed to anything, is read or refused by name', () => {
  const whole = readFileSync('test/fixtures/vocabularies/bytes/tokenizer.json', 'utf8');
  const paths = pathsOf(JSON.parse(whole)).filter((path) => path.length < 5);
  const anything = fc.oneof(
    fc.constantFrom(null, true, -1, 0.5, 1e9, '', 'x', 'Sequence', 'BPE', [], {}, [{}], [[]]),
    fc.jsonValue(),
  );
  fc.assert(
    fc.property(fc.constantFrom(...paths), anything, (where, value) => {
      const json = JSON.parse(whole);
      let target = json;
      for (const key of where.slice(0, -1)) target = target[key];
      target[where.at(-1)!] = value;
      const directory = withFiles({ 'tokenizer.json': json });
      try {
        const { vocabulary } = detectTokenizer(directory, 406);
        expect(new VocabularyTokenizer(vocabulary!, 406).encode('The harbour')).toBeInstanceOf(
          Array,
        );
      } catch (error) {
        expect(error, String((error as Error).stack)).toBeInstanceOf(CheckpointError);
        expect((error as Error).message).toMatch(/^(a Split in )?tokenizer\.json/);
      }
    }),
    { numRuns: 200 },
  );
});

/** Of all values in a JSON value, by the keys that lead there. */
function pathsOf(json: unknown, so: readonly (string | number)[] = []): (string | number)[][] {
  if (typeof json !== 'object' || json === null) return so.length === 0 ? [] : [[...so]];
  const inner = Object.entries(json).flatMap(([key, value]) => pathsOf(value, [...so, key]));
  return so.length === 0 ? inner : [[...so], ...inner];
}
