// Regular expressions of tokenizer.json: which are taken, and as what.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { literal, patternOf } from '../../export/checkpoint/vocabulary/patterns.ts';
import { CheckpointError } from '../../models/errors.ts';

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
