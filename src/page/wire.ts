// What the API sends, as far as the page reads it.

export interface WireLogprobs {
  /** In characters (code points) of the whole text. */
  readonly text_offset: readonly number[];
  readonly token_logprobs: readonly (number | null)[];
  /** As `token_id:50256`. */
  readonly tokens: readonly string[];
  /** The best first, then the token itself where it is not one of them. */
  readonly top_logprobs: readonly (Readonly<Record<string, number>> | null)[];
}

export interface WireChoice {
  readonly index: number;
  readonly text: string;
  readonly logprobs: WireLogprobs | null;
  readonly finish_reason: string | null;
  /** The stop string that ended the text; null also where that was the model's end of text. */
  readonly stop_reason: string | number | null;
  /** With the first chunk of each choice. */
  readonly prompt_token_ids?: readonly number[];
}

export interface WireChunk {
  readonly choices: readonly WireChoice[];
}

export interface WireError {
  readonly error: {
    readonly message: string;
    readonly param: string | null;
    readonly code: string | null;
  };
}

export interface WireModel {
  readonly id: string;
  readonly max_model_len: number;
}

export interface WireTokenizer {
  readonly eos_token_id: number | null;
}
