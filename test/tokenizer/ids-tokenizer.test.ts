// Text of models without a vocabulary.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ServeError } from '../../src/errors.ts';
import { createTokenizer } from '../../src/tokenizer/tokenizer.ts';

const tokenizer = createTokenizer('ids', 1000);
const idLists = fc.array(fc.nat(999), { maxLength: 20 });

function refusal(text: string): ServeError {
  try {
    tokenizer.encode(text);
  } catch (error) {
    if (error instanceof ServeError) return error;
  }
  throw new Error(`${JSON.stringify(text)} was not refused`);
}

test('text is ids in decimal with one space between them', () => {
  expect(tokenizer.encode('12 52 0 999')).toEqual([12, 52, 0, 999]);
  expect(tokenizer.decode([12, 52])).toBe('12 52');
  expect(tokenizer.encode('')).toEqual([]);
  expect(tokenizer.decode([])).toBe('');
});

test('any ids come back from their text', () => {
  fc.assert(
    fc.property(idLists, (ids) => {
      expect(tokenizer.encode(tokenizer.decode(ids))).toEqual(ids);
    }),
  );
});

test.each([
  ' ',
  '12 ',
  ' 12',
  '1  2',
  '1,2',
  '-1',
  '012',
  '1.0',
  '1e2',
  '0x1f',
  '1000',
  'hello',
  '१',
  'constructor',
  '9'.repeat(400),
])('%j is refused as a prompt', (text) => {
  const error = refusal(text);
  expect(error).toMatchObject({ code: 'invalid_value', param: 'prompt' });
  expect(error.message).toContain('ids from 0 to 999');
  expect(error.message.length).toBeLessThan(250);
});

test('the refusal says what is wrong and where', () => {
  expect(refusal('12 word 7').message).toContain('at character 3 there is "word"');
});

test('a text of more ids than the limit is refused, a huge one unread', () => {
  expect(tokenizer.encodeWithin('1 2 3', 3)).toEqual([1, 2, 3]);
  expect(tokenizer.encodeWithin('999 999 999', 3)).toEqual([999, 999, 999]);
  expect(tokenizer.encodeWithin('1 2 3', 2)).toBeNull();
  expect(tokenizer.encodeWithin('', 0)).toEqual([]);
  expect(tokenizer.encodeWithin('x'.repeat(100_000_000), 1024)).toBeNull();
});

test('decoding as the ids come gives the text of decoding them at once', () => {
  fc.assert(
    fc.property(fc.array(idLists, { maxLength: 6 }), (batches) => {
      const decoder = tokenizer.createDecoder();
      const pieces = [...batches.map((batch) => decoder.push(batch)), decoder.end()];
      expect(pieces.join('')).toBe(tokenizer.decode(batches.flat()));
    }),
  );
});

test('a continuation joins its prompt to a text', () => {
  const decoder = tokenizer.createDecoder('continuation');
  const pieces = [decoder.push([]), decoder.push([7]), decoder.push([8, 9]), decoder.end()];
  expect(pieces).toEqual(['', ' 7', ' 8 9', '']);
  expect(tokenizer.encode(`12 52${pieces.join('')}`)).toEqual([12, 52, 7, 8, 9]);
});

test('the bytes of an id are what it adds to a text', () => {
  expect(new TextDecoder().decode(tokenizer.bytesOf(52))).toBe(' 52');
});

test('an id outside the vocabulary is refused by name', () => {
  expect(() => tokenizer.decode([1000])).toThrow('the id 1000 is in a vocabulary of 1000');
});
