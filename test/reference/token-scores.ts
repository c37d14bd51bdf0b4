// Scores as a list of objects, one for each token: what the flat arrays stand for.

import { scoreAt, type TokenScore, type TokenScores } from '../../src/kv/token-score.ts';

/** All of them must be there. */
export function listed(scores: TokenScores): TokenScore[] {
  return Array.from(scores.counts, (_, index) => scoreAt(scores, index)!);
}

/** With so many alternatives at most; none where null are asked for. */
export function narrowedList(scores: readonly TokenScore[], count: number | null): TokenScore[] {
  if (count === null) return [];
  return scores.map(({ logprob, topIds, topLogprobs }) => ({
    logprob,
    topIds: topIds.slice(0, count), // [asked]
    topLogprobs: topLogprobs.slice(0, count), // [asked]
  }));
}
