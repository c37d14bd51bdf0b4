// Log-probabilities in the shape of OpenAI's completions: four arrays with an entry for each token.
// The token itself always stands among the alternatives, with the very same number: whoever compares
// it with the best of them finds it equal.

import type { TokenScore } from '../engine/protocol.ts';
import type { TokenNames } from './completion/token-names.ts';
import type { ShownToken } from './completion/token-trail.ts';

export interface WireLogprobs {
  readonly text_offset: readonly number[];
  readonly token_logprobs: readonly (number | null)[];
  readonly tokens: readonly string[];
  /** The best first, then the token itself where it is not one of them. */
  readonly top_logprobs: readonly (Readonly<Record<string, number>> | null)[];
}

export function wireLogprobs(
  tokens: readonly ShownToken[],
  count: number,
  names: TokenNames,
): WireLogprobs {
  return {
    text_offset: tokens.map(({ offset }) => offset),
    token_logprobs: tokens.map(({ score }) => score && wireLogprob(score.logprob)),
    tokens: tokens.map(({ id }) => names.of(id)),
    top_logprobs: tokens.map(({ id, score }) => {
      if (score === null) return null;
      const named = dictionary<number>();
      for (const other of alternatives(id, score, count)) named[names.of(other.id)] = other.logprob;
      return named;
    }),
  };
}

/**
 * Every key becomes a property of its own, whatever it is called. Without a prototype an object is a
 * hash table from the start: as no two of them have the same keys, all others take three times as long.
 */
export function dictionary<T>(): Record<string, T> {
  return Object.create(null);
}

export interface Alternative {
  readonly id: number;
  readonly logprob: number;
  /** 1 is the best; null where the token is not one of the best. */
  readonly rank: number | null;
}

export function alternatives(id: number, score: TokenScore, count: number): Alternative[] {
  const own = wireLogprob(score.logprob);
  const best = Array.from(score.topIds.subarray(0, count), (other, index) => ({
    id: other,
    logprob: other === id ? own : wireLogprob(score.topLogprobs[index]!),
    rank: index + 1,
  }));
  if (best.some((other) => other.id === id)) return best;
  const rank = score.topIds.indexOf(id) + 1 || null;
  return [...best, { id, logprob: own, rank }];
}

/** JSON has no -Infinity; OpenAI and vLLM put this in its place. */
const leastLogprob = -9999;

export function wireLogprob(logprob: number): number {
  return Math.max(logprob, leastLogprob);
}
