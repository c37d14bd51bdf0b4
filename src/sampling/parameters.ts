// How a request wants its tokens chosen, already validated. The filters are applied in the order in
// which they stand here: vLLM's for what it has (minimum, k best, nucleus), and TGI's for what it
// has (k best, nucleus, typical). HF transformers differs by taking the minimum after the nucleus.

export interface SamplingParameters {
  /** Takes the best token of the adjusted scores; everything after `adjustments` is then ignored. */
  readonly greedy: boolean;
  /** What changes scores before anything else is done with them; null where nothing does. */
  readonly adjustments: ScoreAdjustments | null;
  /** 1 / temperature; 1 when greedy. */
  readonly inverseTemperature: number;
  /** Only tokens at least this share as likely as the likeliest; 0 means no limit. */
  readonly minP: number;
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
  /** 64 random bits as two unsigned 32-bit halves. */
  readonly seedLow: number;
  readonly seedHigh: number;
  /** Which of a request's samples of one prompt: the same seed must not give n equal texts. */
  readonly sampleIndex: number;
}

/** Applied in vLLM's order: first whoever is excluded, then the biases, then the penalties. */
export interface ScoreAdjustments {
  /** Nothing but these can be chosen; null: anything can. */
  readonly allowedIds: Int32Array | null;
  /**
   * Their last token cannot be chosen where the others end prompt and text so far. None is empty.
   * (HF transformers looks at the prompt too; vLLM only at what was generated.)
   */
  readonly bannedSequences: readonly Int32Array[];
  /** None of `idsAfterMinimum` can be chosen before so many tokens were generated. */
  readonly minTokens: number;
  readonly idsAfterMinimum: Int32Array;
  /** Added to the scores of some tokens. */
  readonly biasIds: Int32Array; // [biased]
  readonly biases: Float32Array; // [biased]
  /** Divides positive and multiplies negative scores of what stands in prompt or text; 1: none. */
  readonly repetitionPenalty: number;
  /** Taken off for each time a token was generated before; 0: none. */
  readonly frequencyPenalty: number;
  /** Taken off once where a token was generated before; 0: none. */
  readonly presencePenalty: number;
}

/** A free draw from the model's own distribution. */
export const freeDraw: SamplingParameters = {
  greedy: false,
  adjustments: null,
  inverseTemperature: 1,
  minP: 0,
  topK: 0,
  topP: 1,
  topPCrossing: 'kept',
  typicalP: 1,
  seedLow: 0,
  seedHigh: 0,
  sampleIndex: 0,
};

/** Leaves every score as it is. */
export const noAdjustments: ScoreAdjustments = {
  allowedIds: null,
  bannedSequences: [],
  minTokens: 0,
  idsAfterMinimum: new Int32Array(0),
  biasIds: new Int32Array(0),
  biases: new Float32Array(0),
  repetitionPenalty: 1,
  frequencyPenalty: 0,
  presencePenalty: 0,
};

/** How far below the best score a token may be and still be likely enough for `minP`. */
export const deepestKept = ({ minP, inverseTemperature }: SamplingParameters): number =>
  -Math.log(minP) / inverseTemperature;
