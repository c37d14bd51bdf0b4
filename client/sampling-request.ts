// The fields that completions and chats have in common: how tokens are drawn, where a text ends, and
// what the answer carries. A field that is null counts as left out; the numbers' limits are the
// server's, which names the field where one is broken.

export interface SamplingRequest {
  /** How much chance has its way, from 0 to 2; 0 always takes the likeliest token. 1 by default. */
  readonly temperature?: number | null;
  /** Draws from this many of the likeliest tokens; 0 and -1: from all, which is the default. */
  readonly top_k?: number | null;
  /** Draws from the likeliest tokens that together have this probability: above 0, at most 1. */
  readonly top_p?: number | null;
  /** Whether `top_p` keeps the token that crosses it (`usual`), or drops it, as OpenAI's GPT-2 does. */
  readonly top_p_mode?: 'usual' | 'gpt2' | null;
  /** Draws from tokens at least this likely, as a share of the likeliest, from 0 to 1. */
  readonly min_p?: number | null;
  /** Draws from the tokens of most typical information that together have this probability. */
  readonly typical_p?: number | null;
  /** The same seed gives the same text; without one they differ. A whole number. */
  readonly seed?: number | null;
  /** From -2 to 2: makes a token less likely for each time that it was generated. */
  readonly frequency_penalty?: number | null;
  /** From -2 to 2: makes tokens that were generated less likely, however often they were. */
  readonly presence_penalty?: number | null;
  /** From 0.01 to 100: above 1 it makes tokens of prompt and text less likely. */
  readonly repetition_penalty?: number | null;
  /** Is added to the scores of these tokens: their ids, each with a number from -100 to 100. */
  readonly logit_bias?: Readonly<Record<string, number>> | null;
  /** Draws from these tokens alone. */
  readonly allowed_token_ids?: readonly number[] | null;
  /** Words that are never generated, neither at the start of a text nor after a space. */
  readonly bad_words?: readonly string[] | null;
  /** The text ends before the first of these, at most 16. */
  readonly stop?: string | readonly string[] | null;
  /** The text ends at the first of these tokens. */
  readonly stop_token_ids?: readonly number[] | null;
  /** The text ends after what ended it, instead of before. */
  readonly include_stop_str_in_output?: boolean | null;
  /** Generates on past the model's end-of-text token. */
  readonly ignore_eos?: boolean | null;
  /** Nothing ends the text before this many tokens. */
  readonly min_tokens?: number | null;
  /** Whether an end-of-text token within a text is left out of it; true by default. */
  readonly skip_special_tokens?: boolean | null;
  /** Waiting requests with a lower one are served first; 0 by default. */
  readonly priority?: number | null;
  /** Only requests with the same salt share what the cache keeps of their prompts. */
  readonly cache_salt?: string | null;

  /** Which model; there is one, so it may be left out. */
  readonly model?: string | null;
  /** Choices for each prompt, from 1 to 128; 1 by default. */
  readonly n?: number | null;
  /** Sends the token ids of the text with each choice, and once those of its prompt. */
  readonly return_token_ids?: boolean | null;
  /** Log-probabilities name tokens `token_id:50256` instead of by their texts. */
  readonly return_tokens_as_token_ids?: boolean | null;
  /** Becomes part of the id of the answer; 1 to 128 visible ASCII characters. */
  readonly request_id?: string | null;
  /** The end user; accepted for compatibility. */
  readonly user?: string | null;
  /** Puts around each prompt of text what the model's tokenizer says; nothing for GPT-2. */
  readonly add_special_tokens?: boolean | null;
  /** Without effect; accepted for compatibility. */
  readonly spaces_between_special_tokens?: boolean | null;
}

/** What else a stream carries. */
export interface StreamOptions {
  /** Sends the token counts in a last chunk of their own, which has no choices. */
  readonly include_usage?: boolean | null;
  /** Sends the token counts so far with each chunk. */
  readonly continuous_usage_stats?: boolean | null;
  /** Without effect; accepted for compatibility. */
  readonly include_obfuscation?: boolean | null;
}
