// What is sent to /tokenize and /detokenize, and how these and /v1/models answer.

export interface Model {
  /** What to send as `model`. */
  readonly id: string;
  readonly object: 'model';
  /** Seconds since 1970 at which the server started. */
  readonly created: number;
  readonly owned_by: string;
  /** Tokens that prompt and completion may have together. */
  readonly max_model_len: number;
}

export interface ModelList {
  readonly object: 'list';
  readonly data: readonly Model[];
}

export interface TokenizeRequest {
  readonly model?: string | null;
  /** The text to encode. */
  readonly prompt: string;
  /** Sends the text of each token, too. */
  readonly return_token_strs?: boolean | null;
  /** Puts around the text what the model's tokenizer says; nothing for GPT-2. */
  readonly add_special_tokens?: boolean | null;
}

export interface Tokens {
  readonly count: number;
  readonly max_model_len: number;
  /** Their ids. */
  readonly tokens: readonly number[];
  /** Their texts, where they were asked for. */
  readonly token_strs: readonly string[] | null;
}

export interface DetokenizeRequest {
  readonly model?: string | null;
  /** The ids to decode. */
  readonly tokens: readonly number[];
  /** Sends the text of each token, too. */
  readonly return_token_strs?: boolean | null;
}

export interface Detokenized {
  /** The text. */
  readonly prompt: string;
  /** The texts of the tokens, where they were asked for; of one that is not whole characters its bytes. */
  readonly token_strs?: readonly string[];
}
