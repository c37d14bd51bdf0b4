// Long texts as ids.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeLong, readIds } from '../../src/evaluate/text-ids.ts';
import { createTokenizer } from '../../src/tokenizer/tokenizer.ts';

const tokenizer = createTokenizer('gpt2', 50257);

const pieces = fc.constantFrom(
  ...[
    'a',
    "it's",
    ' ',
    '  ',
    '\n',
    '\n\n',
    '\t',
    '\u00a0',
    '\u0085',
    '.',
    '42',
    '漢字',
    '👩‍👩‍👧',
    '\ud800',
  ],
  ...['<|endoftext|>', "'", '=', ' \n', 'ß'],
);

test('a text in pieces has the ids that it has whole', () => {
  fc.assert(
    fc.property(
      fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join('')),
      fc.integer({ min: 1, max: 30 }),
      (text, pieceLength) => {
        expect([...encodeLong(text, tokenizer, pieceLength)]).toEqual(tokenizer.encode(text));
      },
    ),
    { numRuns: 500 },
  );
});

test('ids are read as they lie in the file', () => {
  const data = { flag: '--ids', path: 'a.u16', sha256: '' };
  expect([...readIds({ ...data, bytes: Buffer.from([1, 0, 0, 1, 255, 255]) }, 65536)]).toEqual([
    1, 256, 65535,
  ]);
  expect(() => readIds({ ...data, bytes: Buffer.from([1, 0, 0]) }, 65536)).toThrow(
    '--ids a.u16: has 3 bytes: ids have 16 bits each',
  );
  expect(() => readIds({ ...data, bytes: Buffer.from([1, 0, 0, 1]) }, 256)).toThrow(
    "--ids a.u16: id 1 is 256, and the model's ids are 0 to 255",
  );
});
