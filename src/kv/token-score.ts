// What is kept and reported of one token that was scored.

/** Log-probabilities in nats, of the raw scores: before any temperature, filter or adjustment. */
export interface TokenScore {
  readonly logprob: number;
  readonly topIds: Int32Array; // [asked], best first
  readonly topLogprobs: Float32Array; // [asked]
}

/** The same scores with so many alternatives at most; none at all where null are asked for. */
export function narrowed(
  scores: readonly TokenScore[],
  count: number | null,
): readonly TokenScore[] {
  if (count === null) return [];
  if (scores.every(({ topIds }) => topIds.length <= count)) return scores;
  return scores.map(({ logprob, topIds, topLogprobs }) => ({
    logprob,
    topIds: topIds.subarray(0, count), // [asked]
    topLogprobs: topLogprobs.subarray(0, count), // [asked]
  }));
}
