// What is kept and reported of one token that was scored.

/** Log-probabilities in nats, of the raw scores: before any temperature, filter or adjustment. */
export interface TokenScore {
  readonly logprob: number;
  readonly topIds: Int32Array; // [asked], best first
  readonly topLogprobs: Float32Array; // [asked]
}
