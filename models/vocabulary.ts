// The vocabulary of an artifact whose words are not GPT-2's: `vocabulary.json`, written by the exporter
// and read by the server. All that decides which ids a text has, and which text ids have, is in it.
//
//   text ─► normal form ─► pieces ─► symbols ─► merged, the first of the merges first ─► ids
//     └ added tokens are cut out: those that are no subject of the normal form before it, others after
//
// `parseVocabulary` is the only way in.

import { ArtifactError } from './errors.ts';
import { Fields } from './fields.ts';

export const vocabularyFile = 'vocabulary.json';
export const vocabularyFormat = 'kvasir-vocabulary' as const;

/** A token that is found in a text as it is, which no merging leads to. */
export interface AddedToken {
  readonly id: number;
  readonly text: string;
  /** Says something about the text and is no part of it. */
  readonly isSpecial: boolean;
  /** Takes the white space before it along, or that behind it. */
  readonly stripsLeft: boolean;
  readonly stripsRight: boolean;
  /** Not within a word. */
  readonly isWord: boolean;
  /** It is the normal form of its text that is looked for, in the normal form of the text. */
  readonly isNormalized: boolean;
}

export const normalForms = ['NFC', 'NFD', 'NFKC', 'NFKD'] as const;
export const splitBehaviors = [
  'removed',
  'isolated',
  'merged with previous',
  'merged with next',
  'contiguous',
] as const;

/** A step on the way of a text, or of each of its pieces, to symbols. */
export type TextStep =
  | { readonly kind: 'normal form'; readonly form: (typeof normalForms)[number] }
  | { readonly kind: 'lower case' }
  | { readonly kind: 'strip'; readonly left: boolean; readonly right: boolean }
  | { readonly kind: 'replace'; readonly text: string; readonly by: string }
  /** `to`: each piece, or that which the text begins with. */
  | {
      readonly kind: 'prepend';
      readonly text: string;
      readonly to: 'each' | 'first';
      readonly evenIfThere: boolean;
    }
  /** `pattern`: a regular expression of JavaScript, with the flag u. `inverted`: what is between is meant. */
  | {
      readonly kind: 'split';
      readonly pattern: string;
      readonly behavior: (typeof splitBehaviors)[number];
      readonly inverted: boolean;
    };

/** What becomes of spaces where symbols are characters; null where they stay. */
export interface SpaceMark {
  readonly mark: string;
  /** What is left out where a text begins: all marks of its first token, or one. */
  readonly leftOut: 'of first token' | 'one' | 'none';
}

export interface Vocabulary {
  readonly format: typeof vocabularyFormat;
  /** What a piece of text is made of: the bytes of its UTF-8, or its characters. */
  readonly symbols: 'bytes' | 'characters';
  /** By id, in symbols (a byte spelled as vocabulary files do); null where an id stands for nothing. */
  readonly tokens: readonly (string | null)[];
  /** Left id, right id, left id, right id, …: the two become the token spelled like both. */
  readonly merges: readonly number[]; // [2 · merges]
  /** A piece that is a token as a whole is not merged. */
  readonly prefersWholes: boolean;
  /** What a symbol without a token becomes; null: nothing. */
  readonly unknownId: number | null;
  /** Several of them in a row become one. */
  readonly fusesUnknown: boolean;
  /** A character without a token becomes its bytes, spelled <0x00> to <0xFF>. */
  readonly fallsBackToBytes: boolean;
  readonly spaceMark: SpaceMark | null;
  readonly normalizer: readonly TextStep[];
  readonly pieces: readonly TextStep[];
  readonly added: readonly AddedToken[];
  /** What is put around every prompt. */
  readonly prefixIds: readonly number[];
  readonly suffixIds: readonly number[];
}

const fail = (message: string) => new ArtifactError(`${message}: export the model again`);
const yesOrNo = [true, false] as const;

/** Throws `ArtifactError` for what is no vocabulary of a model with so many ids. */
export function parseVocabulary(json: unknown, vocabularySize: number): Vocabulary {
  const fields = new Fields(vocabularyFile, json, fail);
  const ids = { least: 0, most: vocabularySize - 1 };
  const format = fields.oneOf('format', [vocabularyFormat]);
  const tokens = fields.list('tokens', isToken, 'texts or null');
  if (tokens.length > vocabularySize) throw fields.refuse('tokens', `up to ${vocabularySize}`);
  const merges = fields.wholeNumbers('merges', { least: 0, most: tokens.length - 1 }, []);
  if (merges.length % 2 !== 0) throw fields.refuse('merges', 'pairs of ids');
  return {
    format,
    symbols: fields.oneOf('symbols', ['bytes', 'characters']),
    tokens,
    merges,
    prefersWholes: fields.oneOf('prefersWholes', yesOrNo),
    unknownId: fields.has('unknownId') ? fields.wholeNumber('unknownId', ids) : null,
    fusesUnknown: fields.oneOf('fusesUnknown', yesOrNo),
    fallsBackToBytes: fields.oneOf('fallsBackToBytes', yesOrNo),
    spaceMark: fields.has('spaceMark') ? parseSpaceMark(fields.object('spaceMark')) : null,
    normalizer: fields.objects('normalizer').map(parseStep),
    pieces: fields.objects('pieces').map(parseStep),
    added: fields.objects('added').map((added) => parseAdded(added, ids)),
    prefixIds: fields.wholeNumbers('prefixIds', ids, []),
    suffixIds: fields.wholeNumbers('suffixIds', ids, []),
  };
}

const isToken = (value: unknown): value is string | null =>
  value === null || typeof value === 'string';

function parseSpaceMark(fields: Fields): SpaceMark {
  return {
    mark: fields.text('mark', /^.$/su, 'a character'),
    leftOut: fields.oneOf('leftOut', ['of first token', 'one', 'none']),
  };
}

function parseAdded(fields: Fields, ids: { least: number; most: number }): AddedToken {
  return {
    id: fields.wholeNumber('id', ids),
    text: fields.text('text', /^.+$/su, 'a text'),
    isSpecial: fields.oneOf('isSpecial', yesOrNo),
    stripsLeft: fields.oneOf('stripsLeft', yesOrNo),
    stripsRight: fields.oneOf('stripsRight', yesOrNo),
    isWord: fields.oneOf('isWord', yesOrNo),
    isNormalized: fields.oneOf('isNormalized', yesOrNo),
  };
}

const anyText = /^.*$/su;

function parseStep(fields: Fields): TextStep {
  const kinds = ['normal form', 'lower case', 'strip', 'replace', 'prepend', 'split'] as const;
  const kind = fields.oneOf('kind', kinds);
  switch (kind) {
    case 'normal form':
      return { kind, form: fields.oneOf('form', normalForms) };
    case 'lower case':
      return { kind };
    case 'strip':
      return { kind, left: fields.oneOf('left', yesOrNo), right: fields.oneOf('right', yesOrNo) };
    case 'replace': {
      const text = fields.text('text', /^.+$/su, 'a text');
      return { kind, text, by: fields.text('by', anyText, 'a text') };
    }
    case 'prepend': {
      const text = fields.text('text', anyText, 'a text');
      const to = fields.oneOf('to', ['each', 'first']);
      return { kind, text, to, evenIfThere: fields.oneOf('evenIfThere', yesOrNo) };
    }
    case 'split': {
      const pattern = fields.text('pattern', anyText, 'a regular expression');
      const behavior = fields.oneOf('behavior', splitBehaviors);
      return { kind, pattern, behavior, inverted: fields.oneOf('inverted', yesOrNo) };
    }
  }
}
