// Stop strings in pieces of text, against the obvious answer of the whole text.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StopScanner, StopStrings } from '../../src/tokenizer/stop.ts';

interface Outcome {
  readonly text: string;
  readonly matched: string | null;
}

/** The text up to its first moment with a complete stop string, less the longest complete then. */
function obviousOutcome(text: string, stops: readonly string[]): Outcome {
  for (let end = 1; end <= text.length; end++) {
    const complete = stops.filter((stop) => text.slice(0, end).endsWith(stop));
    const [longest] = complete.sort((one, other) => other.length - one.length);
    if (longest !== undefined)
      return { text: text.slice(0, end - longest.length), matched: longest };
  }
  return { text, matched: null };
}

function scan(pieces: readonly string[], stops: readonly string[]): Outcome {
  const scanner = new StopScanner(new StopStrings(stops));
  const emitted = pieces.map((piece) => scanner.push(piece));
  return { text: emitted.join('') + scanner.end(), matched: scanner.matched };
}

// Two letters make overlaps and repeats likely; the emoji, a character of two units.
const pieceLists = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', '😀'), maxLength: 6 }), {
  maxLength: 12,
});
const stopLists = fc.array(
  fc.string({ unit: fc.constantFrom('a', 'b', '😀'), minLength: 1, maxLength: 9 }),
  { maxLength: 16 },
);

test('however a text is parcelled, it ends as its whole does', () => {
  fc.assert(
    fc.property(pieceLists, stopLists, (pieces, stops) => {
      const whole = obviousOutcome(pieces.join(''), stops);
      expect(scan(pieces, stops)).toEqual(whole);
      expect(scan([...pieces.join('')], stops)).toEqual(whole);
      expect(scan([pieces.join('')], stops)).toEqual(whole);
    }),
    { numRuns: 3000 },
  );
});

test('only what may still become a stop string is held back', () => {
  const mayBecome = (ending: string, stops: readonly string[]) =>
    stops.some((stop) => stop.startsWith(ending));
  fc.assert(
    fc.property(pieceLists, stopLists, (pieces, stops) => {
      const scanner = new StopScanner(new StopStrings(stops));
      let text = '';
      let emitted = '';
      for (const piece of pieces) {
        text += piece;
        emitted += scanner.push(piece);
        if (scanner.matched !== null) return;
        let sure = 0;
        while (sure < text.length && !mayBecome(text.slice(sure), stops)) sure++;
        expect(emitted).toBe(text.slice(0, sure));
      }
    }),
    { numRuns: 2000 },
  );
});

test('no emitted piece ends within a character', () => {
  fc.assert(
    fc.property(pieceLists, stopLists, (pieces, stops) => {
      const scanner = new StopScanner(new StopStrings(stops));
      for (const piece of pieces) expect(scanner.push(piece)).not.toMatch(/\p{Surrogate}/u);
      expect(scanner.end()).not.toMatch(/\p{Surrogate}/u);
    }),
  );
});

test('a stop string across pieces is never emitted, and nothing after it', () => {
  const scanner = new StopScanner(new StopStrings(['\n\nHuman:']));
  expect(scanner.push('Hello.\n')).toBe('Hello.');
  expect(scanner.push('\nHum')).toBe('');
  expect(scanner.matched).toBeNull();
  expect(scanner.push('an: and more')).toBe('');
  expect(scanner.matched).toBe('\n\nHuman:');
  expect(scanner.push('even more')).toBe('');
  expect(scanner.end()).toBe('');
});

test('what cannot become a stop string any more is released at once', () => {
  const scanner = new StopScanner(new StopStrings(['abcd', 'bx']));
  expect(scanner.push('abc')).toBe('');
  expect(scanner.push('e')).toBe('abce');
  expect(scanner.push('ab')).toBe('');
  expect(scanner.push('c')).toBe('');
  expect(scanner.end()).toBe('abc');
});

test('the stop string that is complete first ends the text, though another began before it', () => {
  expect(scan(['abcd'], ['abcd', 'bc'])).toEqual({ text: 'a', matched: 'bc' });
});

test('of stop strings complete at the same character, the one that began first counts', () => {
  expect(scan(['xabc'], ['c', 'abc', 'bc'])).toEqual({ text: 'x', matched: 'abc' });
});

test('without stop strings, text passes through', () => {
  expect(scan(['a', '', 'b'], [])).toEqual({ text: 'ab', matched: null });
});

test('a stop string may be longer than the text, and may repeat itself', () => {
  const stop = `${'a'.repeat(100_000)}b`;
  expect(scan(['a'.repeat(100_500), 'b!'], [stop])).toEqual({
    text: 'a'.repeat(500),
    matched: stop,
  });
  expect(scan(['a'.repeat(50)], [stop])).toEqual({ text: 'a'.repeat(50), matched: null });
});

test('half an emoji is no stop string, but U+FFFD as everywhere in UTF-8', () => {
  expect(scan(['a😀b'], ['\ud83d', '\ude00'])).toEqual({ text: 'a😀b', matched: null });
  expect(scan(['a\ufffdb'], ['\ud83d'])).toEqual({ text: 'a', matched: '\ud83d' });
});

test('an empty stop string breaks a rule', () => {
  expect(() => new StopStrings(['a', ''])).toThrow('a stop string has at least one character');
});
