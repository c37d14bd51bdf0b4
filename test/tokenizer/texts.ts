// Random texts as awkward as tokenizers meet them: fragments that matter to the pattern, to UTF-8 and
// to JavaScript's objects, between text of any characters.

import fc from 'fast-check';

// biome-ignore format: a table
const fragments = [
  ' ', '  ', '   ', '\n', '\n\n', '\r\n', '\t', '\u00a0', '\u0085', '\u2003', '\u2028', '\u3000',
  '\ufeff', '\u180e', '\u200b', '\u200d', '\u0000', '\u001c', "'", "'s", "'t", "'re", "'ve", "'m",
  "'ll", "'d", "'S", '’s', 'a', 'the', ' the', 'word', 'Naïve', 'é', 'e\u0301', 'ß', 'жук', '日本',
  '안녕', '😀', '👍🏽', '👩‍👩‍👧', '\ud83d', '\ude00', '\ude00\ud83d', '\ufffd', '\uffff', '1', '23', '2024',
  '½', '٣', '.', ',', '...', '!?', '--', '==', '()', '{};', '//', '<|', '|>', 'endoftext', '_',
  'constructor', '__proto__', 'toString', 'ÃÂÃÂ', 'aaaaaaaaaaaaaaaaaaaaa', 'zqxjzqxj',
] as const;

const fragment = fc.oneof(
  { arbitrary: fc.constantFrom(...fragments), weight: 6 },
  { arbitrary: fc.string({ unit: 'binary', maxLength: 4 }), weight: 2 },
  { arbitrary: fc.string({ unit: 'grapheme', maxLength: 6 }), weight: 1 },
  { arbitrary: fc.stringMatching(/^[a-z]{1,40}$/), weight: 1 },
);

/** Texts without a special token. */
export const plainTexts = fc
  .array(fragment, { maxLength: 30 })
  .map((parts) => parts.join(''))
  .filter((text) => !text.includes('<|endoftext|>'));

export const texts = fc
  .array(fc.oneof(plainTexts, fc.constant('<|endoftext|>')), { maxLength: 4 })
  .map((parts) => parts.join(''));
