// When a sequence started and got its tokens, as the reader's end of it knows.

import { expect, test } from 'vitest';
import { PendingTokens } from '../../src/engine/token-stream.ts';

function stream() {
  let nowMs = 0;
  const tokens = new PendingTokens(
    () => {},
    () => nowMs,
  );
  const at = (ms: number): PendingTokens => {
    nowMs = ms;
    return tokens;
  };
  return { tokens, at };
}

test('nothing has happened to a sequence that waits', () => {
  const { tokens } = stream();
  expect(tokens.times).toEqual({ startedMs: null, firstTokenMs: null, lastTokenMs: null });
});

test('a sequence started when its first step did, and has a first and a last token', () => {
  const { tokens, at } = stream();
  at(100).start(30);
  for (const ms of [100, 110, 125]) at(ms).push(7, null);
  expect(tokens.times).toEqual({ startedMs: 70, firstTokenMs: 100, lastTokenMs: 125 });
});

test('a token that comes after the end has no time', () => {
  const { tokens, at } = stream();
  at(100).push(7, null);
  tokens.abort();
  at(200).push(7, null);
  expect(tokens.times.lastTokenMs).toBe(100);
});
