// The shape of a GPT-2: the four published sizes, and any config.json of the family.

export interface Gpt2Config {
  readonly vocabularySize: number;
  readonly contextLength: number;
  readonly width: number;
  readonly layerCount: number;
  readonly headCount: number;
  /** Width of the hidden layer in each block's mlp. */
  readonly innerWidth: number;
  readonly layerNormEpsilon: number;
  /** The tensor that turns the last hidden state into logits: `wte.weight` when tied. */
  readonly headWeight: 'wte.weight' | 'lm_head.weight';
  readonly bosTokenId: number;
  readonly eosTokenId: number;
}
