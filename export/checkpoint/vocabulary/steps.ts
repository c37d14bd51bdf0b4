// The normalizer and the pre-tokenizer of a tokenizer.json as steps of our own. What is not known, or
// cannot be done exactly, is refused by its name.

import type { Fields } from '../../../models/fields.ts';
import { normalForms, type splitBehaviors, type TextStep } from '../../../models/vocabulary.ts';
import { literal, patternOf } from './patterns.ts';

/** GPT-2's pieces: contractions, words, numbers, signs, white space. */
export const gpt2Pattern = patternOf(
  "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
  'the pattern of GPT-2',
);

/** A word as Rust's regular expressions know it. */
const word = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}';
const punctuation = '[\\p{P}$+<=>^`|~]';

const yesOrNo = [true, false] as const;

export function normalizerSteps(fields: Fields | null): readonly TextStep[] {
  if (fields === null) return [];
  const kinds = [...normalForms, 'Lowercase', 'Strip', 'Replace', 'Prepend', 'Sequence'] as const;
  const kind = fields.oneOf('type', kinds);
  switch (kind) {
    case 'Sequence':
      return fields.objects('normalizers').flatMap(normalizerSteps);
    case 'Lowercase':
      return [{ kind: 'lower case' }];
    case 'Strip': {
      const left = fields.oneOf('strip_left', yesOrNo);
      return [{ kind: 'strip', left, right: fields.oneOf('strip_right', yesOrNo) }];
    }
    case 'Replace': {
      const text = fields.object('pattern').text('String', /^.+$/su, 'a text');
      return [{ kind: 'replace', text, by: fields.text('content', /^.*$/su, 'a text') }];
    }
    case 'Prepend': {
      const text = fields.text('prepend', /^.*$/su, 'a text');
      return [{ kind: 'prepend', text, to: 'each', evenIfThere: true }];
    }
    default:
      return [{ kind: 'normal form', form: kind }];
  }
}

export interface Pieces {
  readonly steps: readonly TextStep[];
  /** Bytes are what pieces are made of, by the words of the file. */
  readonly byteLevel: boolean;
}

const preTokenizers = [
  ...['ByteLevel', 'Metaspace', 'Sequence', 'Split', 'Digits', 'Punctuation'],
  ...['Whitespace', 'WhitespaceSplit', 'CharDelimiterSplit'],
] as const;

export function pieceSteps(fields: Fields | null): Pieces {
  if (fields === null) return { steps: [], byteLevel: false };
  const kind = fields.oneOf('type', preTokenizers);
  if (kind === 'Sequence') {
    const parts = fields.objects('pretokenizers').map(pieceSteps);
    if (parts.slice(0, -1).some(({ byteLevel }) => byteLevel)) {
      throw fields.refuse('pretokenizers', 'ByteLevel as the last one');
    }
    const byteLevel = parts.at(-1)?.byteLevel ?? false;
    return { steps: parts.flatMap(({ steps }) => steps), byteLevel };
  }
  return { steps: stepsOf(kind, fields), byteLevel: kind === 'ByteLevel' };
}

function stepsOf(kind: string, fields: Fields): readonly TextStep[] {
  switch (kind) {
    case 'ByteLevel':
      return byteLevelSteps(
        fields.oneOf('add_prefix_space', yesOrNo, true),
        fields.oneOf('use_regex', yesOrNo, true),
      );
    case 'Metaspace':
      return metaspace(fields);
    case 'Split':
      return [splitOf(fields)];
    case 'Digits': {
      const single = fields.oneOf('individual_digits', yesOrNo, false);
      return [split('\\p{N}', single ? 'isolated' : 'contiguous')];
    }
    case 'Punctuation':
      return [split(punctuation, behaviorOf(fields, 'Isolated'))];
    case 'Whitespace':
      return [{ ...split(`[${word}]+|[^${word}\\p{White_Space}]+`, 'removed'), inverted: true }];
    case 'WhitespaceSplit':
      return [split('\\p{White_Space}', 'removed')];
    default:
      return [split(literal(fields.text('delimiter', /^.$/su, 'a character')), 'removed')];
  }
}

/** As GPT-2 divides a text, after a space where it is to begin with one. */
export function byteLevelSteps(addsSpace: boolean, splits = true): readonly TextStep[] {
  return [
    ...(addsSpace ? [prefix(' ', 'each')] : []),
    ...(splits ? [split(gpt2Pattern, 'isolated')] : []),
  ];
}

function metaspace(fields: Fields): readonly TextStep[] {
  const mark = fields.text('replacement', /^.$/su, 'a character');
  const scheme = prependScheme(fields);
  const to = scheme === 'first' ? 'first' : 'each';
  return [
    { kind: 'replace', text: ' ', by: mark },
    ...(scheme === 'never' ? [] : [prefix(mark, to)]),
    ...(fields.oneOf('split', yesOrNo, true) ? [split(literal(mark), 'merged with next')] : []),
  ];
}

/** Older files say `add_prefix_space` instead. */
export function prependScheme(fields: Fields): 'always' | 'first' | 'never' {
  const added = fields.oneOf('add_prefix_space', yesOrNo, true) ? 'always' : 'never';
  return fields.oneOf('prepend_scheme', ['always', 'first', 'never'], added);
}

function splitOf(fields: Fields): TextStep {
  const pattern = fields.object('pattern');
  const source = pattern.has('String')
    ? literal(pattern.text('String', /^.+$/su, 'a text'))
    : patternOf(
        pattern.text('Regex', /^.+$/su, 'a regular expression'),
        'a Split in tokenizer.json',
      );
  const inverted = fields.oneOf('invert', yesOrNo, false);
  return { ...split(source, behaviorOf(fields)), inverted };
}

type Behavior = (typeof splitBehaviors)[number];
type SplitStep = Extract<TextStep, { kind: 'split' }>;

const behaviors: Readonly<Record<string, Behavior>> = {
  Removed: 'removed',
  Isolated: 'isolated',
  MergedWithPrevious: 'merged with previous',
  MergedWithNext: 'merged with next',
  Contiguous: 'contiguous',
};

function behaviorOf(fields: Fields, otherwise?: string): Behavior {
  return behaviors[fields.oneOf('behavior', Object.keys(behaviors), otherwise)]!;
}

function split(pattern: string, behavior: Behavior): SplitStep {
  return { kind: 'split', pattern, behavior, inverted: false };
}

function prefix(text: string, to: 'each' | 'first'): TextStep {
  return { kind: 'prepend', text, to, evenIfThere: false };
}
