// What is sent to /v1/completions and what comes back, in the words of the wire: OpenAI's, with those
// that vLLM adds. Whether an answer is streamed is said by the method that is called.

import type { SamplingRequest, StreamOptions } from './sampling-request.ts';

export interface CompletionRequest extends SamplingRequest {
  /**
   * What to continue: a text, several, the token ids of a text, or those of several. Where it is empty
   * or left out, a new text begins.
   */
  readonly prompt?:
    | string
    | readonly number[]
    | readonly string[]
    | readonly (readonly number[])[]
    | null;
  /** Keeps this many of the last tokens of the prompt; -1: as many as there is room for. */
  readonly truncate_prompt_tokens?: number | null;
  /** Where `truncate_prompt_tokens` cuts; at the left, the default, it keeps the last tokens. */
  readonly truncation_side?: 'left' | 'right' | null;
  /** Most tokens that each choice may have: 16 by default. 0 with `echo` only reads the prompt. */
  readonly max_tokens?: number | null;
  /** Generates this many choices and returns the `n` likeliest per token; not for streams. */
  readonly best_of?: number | null;
  /** Puts the prompt before the text. */
  readonly echo?: boolean | null;
  /** Sends the log-probability of each token, and of this many of the likeliest: 0 to 20. */
  readonly logprobs?: number | null;
  /** The same for the tokens of the prompt, in vLLM's shape; not for streams. */
  readonly prompt_logprobs?: number | null;
}

export interface StreamedCompletionRequest extends CompletionRequest {
  readonly stream_options?: StreamOptions | null;
}

/** Why a text ended; null in a chunk after which it goes on. */
export type FinishReason = 'stop' | 'length' | null;

export interface Usage {
  /** Tokens of all prompts. */
  readonly prompt_tokens: number;
  /** Tokens of all choices. */
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details: {
    /** Tokens of prompts that did not have to be computed again. */
    readonly cached_tokens: number;
  };
}

/** Four arrays with an entry for each token. */
export interface Logprobs {
  /** Where in the text each token begins. */
  readonly text_offset: readonly number[];
  /** Null for a first token, which nothing comes before. */
  readonly token_logprobs: readonly (number | null)[];
  /** The text of each token, or `token_id:` and its id. */
  readonly tokens: readonly string[];
  /** The likeliest in the place of each, and the token itself, by their texts. */
  readonly top_logprobs: readonly (Readonly<Record<string, number>> | null)[];
}

/** A token that was possible at some place of a prompt. */
export interface PromptAlternative {
  readonly logprob: number;
  /** 1 is the likeliest; null where the token is none of those asked for. */
  readonly rank: number | null;
  readonly decoded_token: string;
}

export interface Choice {
  /** The `n` choices of the first prompt come first, then those of the second. */
  readonly index: number;
  /** What was generated; in a chunk, since the chunk before. */
  readonly text: string;
  readonly logprobs: Logprobs | null;
  readonly finish_reason: FinishReason;
  /** The stop string or the id of the stop token that ended the text, where one did. */
  readonly stop_reason: string | number | null;
  /** For each token of the prompt, by their ids; null for the first. */
  readonly prompt_logprobs?: readonly (Readonly<Record<string, PromptAlternative>> | null)[];
  readonly token_ids?: readonly number[];
  /** In a stream, in the first chunk of the choice. */
  readonly prompt_token_ids?: readonly number[];
}

interface CompletionHead {
  /** Names the completion; the same in all chunks of one. */
  readonly id: string;
  readonly object: 'text_completion';
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
  readonly choices: readonly Choice[];
}

export interface Completion extends CompletionHead {
  readonly usage: Usage;
}

export interface CompletionChunk extends CompletionHead {
  /** As `stream_options` asked for it. */
  readonly usage?: Usage | null;
}
