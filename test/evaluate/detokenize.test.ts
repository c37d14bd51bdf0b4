// Texts without the traces of how their data sets were made.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { detokenizeTreebank, detokenizeWikitext } from '../../src/evaluate/detokenize.ts';
import { cutIntoWords } from '../reference/cut-into-words.ts';

describe('WikiText', () => {
  test.each([
    [' = Robert Miller = \n \n He was born . \n', ' = Robert Miller =\n\nHe was born.\n'],
    [' = = Early life = = \n', ' == Early life ==\n'],
    [' = = = At sea = = = \n', ' === At sea ===\n'],
    ['a two @-@ part song', 'a two-part song'],
    ['1 @,@ 048 pages , 3 @.@ 5 pounds', '1,048 pages, 3.5 pounds'],
    ["the song 's end , the players ' hall", "the song's end, the players' hall"],
    ['he said : " Why ? " and left ; so', 'he said: "Why?" and left; so'],
    ['here ( and there ) and [ sic ] and { x }', 'here (and there) and [sic] and {x}'],
    ["the word ' home ' is old", "the word 'home' is old"],
    ['about 5 ° C or less', 'about 5°C or less'],
    ['Is it ? Yes ! It is . Well', 'Is it? Yes! It is. Well'],
  ])('%j', (cut, expected) => {
    expect(detokenizeWikitext(cut)).toBe(expected);
  });

  const word = fc.constantFrom('stone', 'Well', 'a', 'two-part', '1,048', '3.5', 'été', '=');
  const marked = fc.tuple(word, fc.constantFrom('', '', ',', ';', ':'));
  const sentence = fc
    .tuple(fc.array(marked, { maxLength: 8 }), word)
    .map(([words, last]) => [...words.map(([text, mark]) => text + mark), last].join(' '));
  const enclosed = fc
    .constantFrom('()', '[]', '""', '')
    .chain((pair) => sentence.map((text) => (pair[0] ?? '') + text + (pair[1] ?? '')));
  const prose = fc
    .array(fc.tuple(enclosed, fc.constantFrom('. ', '! ', '? ', '.\n')), { minLength: 1 })
    .map((sentences) => `${sentences.flat().join('').trim()}\n`);

  test('ordinary prose stays as it is, and comes back from being cut into words', () => {
    fc.assert(
      fc.property(prose, (text) => {
        fc.pre(!text.includes('= ='));
        expect(detokenizeWikitext(text)).toBe(text);
        expect(detokenizeWikitext(cutIntoWords(text))).toBe(text);
      }),
    );
  });
});

test.each([
  ["it 's the companies ' money , they 'll say", "it's the companies' money , they'll say"],
  ["he does n't know", "he doesn't know"],
  ['it fell N % to $ N from $ N', 'it fell N% to $N from $N'],
  ['the <unk> of N people in N', 'the <unk> of N people in N'],
  ['a # N loan', 'a #N loan'],
])('the Penn Treebank: %j', (cut, expected) => {
  expect(detokenizeTreebank(cut)).toBe(expected);
});
