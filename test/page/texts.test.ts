// Which token of a text added which characters, however the text arrives and whatever its bytes.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ChoiceText } from '../../src/page/choice-text.ts';
import { Continuation, endsWithinCharacter, mend } from '../../src/page/continuation.ts';
import type { Token } from '../../src/page/token.ts';
import { bytesOf, textsOf } from '../../src/page/token-bytes.ts';
import { serve, tokenizer } from '../http/harness.ts';

const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });

describe('a text that comes in pieces', () => {
  /** As the server puts it: some tokens, the offset at which each begins, and what can be shown. */
  function piece(tokens: readonly string[], at: number) {
    let offset = at;
    return {
      text: tokens.join(''),
      logprobs: {
        tokens: tokens.map((_, index) => `token_id:${at + index}`),
        text_offset: tokens.map((token) => {
          const begin = offset;
          offset += Array.from(token).length;
          return begin;
        }),
        token_logprobs: tokens.map(() => -1),
        top_logprobs: tokens.map(() => ({ 'token_id:1': -1, 'token_id:2': -2 })),
      },
    };
  }

  test('gives each token its own characters', () => {
    fc.assert(
      fc.property(fc.array(fc.array(word, { minLength: 1, maxLength: 4 })), (pieces) => {
        const text = new ChoiceText();
        let at = 0;
        for (const tokens of pieces) {
          text.take(piece(tokens, at));
          at += Array.from(tokens.join('')).length;
        }
        expect(text.tokens.map((token) => token.text)).toEqual(pieces.flat());
      }),
    );
  });

  test('tells what has changed: a token may get the rest of its text later', () => {
    const text = new ChoiceText();
    const { logprobs } = piece([' a', ' fox'], 0);
    expect(text.take({ text: ' a f', logprobs })).toBe(0);
    expect(text.tokens.map((token) => token.text)).toEqual([' a', ' f']);
    expect(text.take({ text: 'ox', logprobs: null })).toBe(1);
    expect(text.take(piece([' ran'], 6))).toBe(1);
    expect(text.tokens.map((token) => token.text)).toEqual([' a', ' fox', ' ran']);
  });

  test('a character belongs to the last of its tokens, and counts as one', () => {
    const text = new ChoiceText();
    text.take({
      text: '🦊🦊!',
      logprobs: {
        tokens: ['token_id:7', 'token_id:8', 'token_id:9', 'token_id:10'],
        text_offset: [0, 0, 1, 2],
        token_logprobs: [null, -1, -2, -3],
        top_logprobs: [null, {}, {}, {}],
      },
    });
    expect(text.tokens.map(({ id, text, logprob }) => [id, text, logprob])).toEqual([
      [7, '', null],
      [8, '🦊', -1],
      [9, '🦊', -2],
      [10, '!', -3],
    ]);
  });
});

test('names say the bytes of every token of GPT-2', async () => {
  const { app } = await serve({}, { maxBodyBytes: 1024 ** 2 });
  const tokens = Array.from({ length: 50257 }, (_, id) => id);
  const payload = { tokens, return_token_strs: true };
  const response = await app.inject({ method: 'POST', url: '/detokenize', payload });
  const names: string[] = response.json().token_strs;
  const wrong = tokens.filter((id) => {
    const bytes = bytesOf(names[id]!);
    return Buffer.compare(bytes, tokenizer.bytesOf(id)) !== 0;
  });
  expect(wrong).toEqual([]);
});

test('tokens of bytes add up to their text, cut wherever they are', () => {
  fc.assert(
    fc.property(word, fc.array(fc.nat(60)), (text, cuts) => {
      const bytes = new TextEncoder().encode(text);
      const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort(
        (one, other) => one - other,
      );
      const tokens = places.slice(1).map((end, index) => bytes.slice(places[index], end));
      expect(textsOf(tokens).join('')).toBe(text);
    }),
  );
});

describe('a continuation', () => {
  const names = ['a', ' b', 'bytes: \\xf0\\x9f', 'bytes:\\xa6', 'bytes:\\x8a', ' fox', ' hen'];
  const nameOf = (id: number) => names[id] ?? null;
  const token = (id: number, text: string): Token => ({
    id,
    text,
    logprob: -1,
    candidates: [{ id: 6, logprob: -3 }],
  });

  function written(tokens: readonly Token[]) {
    const continuation = new Continuation('Once');
    continuation.promptIds = [7454];
    continuation.version.tokens.push(...tokens);
    continuation.version.ending = { kind: 'length', stopString: null };
    return continuation;
  }

  test('has another token in one place, the same ones before, and none behind', () => {
    const continuation = written([token(0, 'a'), token(1, ' b'), token(5, ' fox')]);
    continuation.branch(1, { id: 6, logprob: -3 }, nameOf);
    expect(continuation.text).toBe('Oncea hen');
    expect(continuation.idsBefore(2)).toEqual([7454, 0, 6]);
    expect(continuation.version).toMatchObject({ keptCount: 2, ending: null });
    expect(continuation.tokens[1]!.logprob).toBe(-3);
    continuation.show(0);
    expect(continuation.text).toBe('Oncea b fox');
  });

  test('what is written into a new version leaves the older one alone', () => {
    const continuation = written([token(0, 'a'), token(1, ' b')]);
    continuation.extend();
    continuation.version.tokens[0]!.text = 'changed';
    continuation.version.tokens.push(token(5, ' fox'));
    continuation.show(0);
    expect(continuation.text).toBe('Oncea b');
  });

  test('goes on without what ended it', () => {
    const continuation = written([token(0, 'a'), token(5, '')]);
    continuation.version.ending = { kind: 'stop', stopString: ' fox' };
    continuation.extend();
    expect(continuation.tokens.map(({ id }) => id)).toEqual([0]);
  });

  test('a part of a character is completed by what is written behind it', () => {
    const continuation = written([token(1, ' b'), token(2, ' '), token(5, '\ufffd fox')]);
    continuation.branch(2, { id: 3, logprob: -3 }, nameOf);
    expect(continuation.tokens.map(({ text }) => text)).toEqual([' b', ' ', '']);
    const { tokens, keptCount } = continuation.version;
    expect(endsWithinCharacter(tokens, keptCount, nameOf)).toBe(true);
    // As the server sends it, which does not know what it goes on from.
    tokens.push(token(4, '\ufffd'), token(5, ' fox'));
    mend(tokens, keptCount, nameOf);
    expect(continuation.text).toBe('Once b 🦊 fox');
    expect(endsWithinCharacter(tokens, tokens.length, nameOf)).toBe(false);
  });
});
