// How a request wants its tokens chosen, already validated. The filters are applied in the order in
// which they stand here.

export interface SamplingParameters {
  /** Takes the best token of the adjusted scores; everything after `adjustments` is then ignored. */
  readonly greedy: boolean;
  /** What changes scores before anything else is done with them; null where nothing does. */
  readonly adjustments: ScoreAdjustments | null;
  /** 1 / temperature; 1 when greedy. */
  readonly inverseTemperature: number;
  /** Only the k best tokens; 0 means no limit. */
  readonly topK: number;
  /** Only the smallest set of best tokens whose probability reaches p; 1 means no limit. */
  readonly topP: number;
  /**
   * Whether the token that crosses p belongs to the set. `kept` is what everybody does; `dropped` is
   * what openai/gpt-2's own sampling did (the best token is kept in any case).
   */
  readonly topPCrossing: 'kept' | 'dropped';
  /** Only tokens whose surprise is nearest to the expected one, up to this probability; 1: no limit. */
  readonly typicalP: number;
  /** Only tokens at least this share as likely as the likeliest; 0 means no limit. */
  readonly minP: number;
  /** 64 random bits as two unsigned 32-bit halves. */
  readonly seedLow: number;
  readonly seedHigh: number;
  /** Which of a request's samples of one prompt: the same seed must not give n equal texts. */
  readonly sampleIndex: number;
}

export interface ScoreAdjustments {
  /** Divides positive and multiplies negative scores of what stands in prompt or text; 1: none. */
  readonly repetitionPenalty: number;
  /** Taken off once where a token was generated before; 0: none. */
  readonly presencePenalty: number;
  /** Taken off for each time a token was generated before; 0: none. */
  readonly frequencyPenalty: number;
  /** Added to the scores of some tokens. */
  readonly biasIds: Int32Array; // [biased]
  readonly biases: Float32Array; // [biased]
  /** Nothing but these can be chosen; null: anything can. */
  readonly allowedIds: Int32Array | null;
  /** Their last token cannot be chosen where the others stand before it. None is empty. */
  readonly bannedSequences: readonly Int32Array[];
  /** None of `idsAfterMinimum` can be chosen before so many tokens were generated. */
  readonly minTokens: number;
  readonly idsAfterMinimum: Int32Array;
}

/** A free draw from the model's own distribution. */
export const freeDraw: SamplingParameters = {
  greedy: false,
  adjustments: null,
  inverseTemperature: 1,
  topK: 0,
  topP: 1,
  topPCrossing: 'kept',
  typicalP: 1,
  minP: 0,
  seedLow: 0,
  seedHigh: 0,
  sampleIndex: 0,
};
