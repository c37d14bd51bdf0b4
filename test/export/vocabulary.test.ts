// Which vocabulary a folder has, and what is wrong with it, by the names of its files.

import { cpSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { detectTokenizer } from '../../export/checkpoint/tokenizer.ts';
import { literal, patternOf } from '../../export/checkpoint/vocabulary/patterns.ts';
import { CheckpointError } from '../../models/errors.ts';
import { createTokenizer } from '../../src/tokenizer/tokenizer.ts';
import { VocabularyTokenizer } from '../../src/tokenizer/vocabulary-tokenizer.ts';
import { sharedData, temporaryFolder } from '../support/folders.ts';

const folder = temporaryFolder();
let count = 0;

function withFiles(files: Readonly<Record<string, unknown>>): string {
  const directory = path.join(folder, `case-${count++}`);
  mkdirSync(directory);
  for (const [name, content] of Object.entries(files)) {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    writeFileSync(path.join(directory, name), text);
  }
  return directory;
}

function refusal(files: Readonly<Record<string, unknown>>, size = 20): string {
  try {
    detectTokenizer(withFiles(files), size);
  } catch (error) {
    expect(error).toBeInstanceOf(CheckpointError);
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}

function open(directory: string, size: number): VocabularyTokenizer {
  return new VocabularyTokenizer(detectTokenizer(directory, size).vocabulary!, size);
}

const vocab = { a: 0, b: 1, c: 2, ab: 3, abc: 4, Ġ: 5 };
const byteLevel = { type: 'ByteLevel', add_prefix_space: false };
const tokenizerJson = {
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: byteLevel,
  post_processor: null,
  decoder: { type: 'ByteLevel' },
  model: { type: 'BPE', vocab, merges: ['a b', ['ab', 'c']] },
};
const withModel = (model: object) => ({
  'tokenizer.json': { ...tokenizerJson, model: { ...tokenizerJson.model, ...model } },
});
const withPart = (part: object) => ({ 'tokenizer.json': { ...tokenizerJson, ...part } });
const twoFiles = { 'vocab.json': vocab, 'merges.txt': '#version: 0.2\na b\nab c\n' };

describe('without a vocabulary', () => {
  test("a model of GPT-2's size has GPT-2's, and any other has ids", () => {
    expect(detectTokenizer(withFiles({}), 50_257).kind).toBe('gpt2');
    expect(detectTokenizer(withFiles({}), 50_304).kind).toBe('ids');
    expect(detectTokenizer(withFiles({}), 97).kind).toBe('ids');
  });
});

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

describe('patterns', () => {
  test.each([
    ["'s|'t| ?\\p{L}+", "'s|'t| ?\\p{L}+"],
    ['\\s+(?!\\S)', '\\p{White_Space}+(?!\\P{White_Space})'],
    ["(?i:'s|'k)", "(?:'[sSſ]|'[kK\u212a])"],
    ['[^\\r\\n\\p{L}-]?\\p{Han}{1,3}', '[^\\r\\n\\p{L}\\-]?\\p{Script=Han}{1,3}'],
    ['[a-f-]', '[a-f\\-]'],
    ['a.', 'a[^\\n]'],
    ["\\'\\-", "'-"],
  ])('%s is written %s', (regex, pattern) => {
    expect(patternOf(regex, 'here')).toBe(pattern);
  });

  test.each([
    '^a',
    'a$',
    'a*+',
    '\\w',
    '\\b',
    '[[:alpha:]]',
    '[a&&b]',
    '(?<n>a)',
    '(?i:ss)',
    '(?m)a',
  ])('%s is refused', (regex) => {
    expect(() => patternOf(regex, 'here')).toThrow(CheckpointError);
  });

  test.each(['(a', 'a)', '[', '+'])('%s is no pattern', (regex) => {
    expect(() => patternOf(regex, 'here')).toThrow(/^here (is no regular|has)/);
  });

  test.each([
    '(a+)+b',
    '(a*)*b',
    '(?:a|a)*b',
    '(?:a?)+b',
    '(?:a{1,2}){9}',
    '(?:(?:a)*)*b',
    '(?:[)]+|\\))+b',
    '(?:a(?:b|bc))+d',
    'a*a*b',
    '\\p{L}+[a-z]+9',
    '(?:a*)a*b',
    '(a*|c)(?:a+d)?(?=b)',
    'a*(?=a*b)c',
    'a{1,1000}a{1,1000}b',
    'a{9,}a{9,}b',
    `${'a?'.repeat(20)}b`,
    `${'(?:a|ab)'.repeat(20)}c`,
  ])('%s, which may try too many ways, is refused', (regex) => {
    expect(() => patternOf(regex, 'here')).toThrow(CheckpointError);
    expect(() => patternOf(regex, 'here')).toThrow('here may match one text in very many ways');
  });

  test.each([
    '\\p{N}{1,3}(?=(?:\\p{N}{3})*(?!\\p{N}))',
    '(?:a|b)?c',
    '(a+)b*',
    '[(a+)]+',
    '\\(a+\\)+',
    '(?:ab)*c',
    'a*b*',
    'a*b+',
    'a+b',
    '(?:a*b)?c',
    ' ?[^\\s\\p{L}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+',
    '[\\p{L}-]?[\\p{Lu}\\p{M}]*[\\p{Ll}\\p{M}]+(?:s|t|re)?|\\p{N}{1,3}',
  ])('%s, which has few ways, is taken', (regex) => {
    expect(patternOf(regex, 'here')).not.toBe('');
  });

  test('a text stands for itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (text) => {
        expect(`x${text}x`.replace(new RegExp(literal(text), 'u'), () => '')).toBe(
          `x${text}x`.replace(text, () => ''),
        );
      }),
    );
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

/** Of all values in a JSON value, by the keys that lead there. */
function pathsOf(json: unknown, so: readonly (string | number)[] = []): (string | number)[][] {
  if (typeof json !== 'object' || json === null) return so.length === 0 ? [] : [[...so]];
  const inner = Object.entries(json).flatMap(([key, value]) => pathsOf(value, [...so, key]));
  return so.length === 0 ? inner : [[...so], ...inner];
}
