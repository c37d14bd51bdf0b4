// What is sent to /v1/chat/completions and what comes back, in the words of the wire.

import type { FinishReason, Usage } from './completion-types.ts';
import type { SamplingRequest, StreamOptions } from './sampling-request.ts';

export interface ChatMessage {
  /** Who said it; the server's chat template has the roles. */
  readonly role: string;
  readonly content: string | readonly { readonly type: 'text'; readonly text: string }[];
  /** Accepted for compatibility. */
  readonly name?: string | null;
}

export interface ChatRequest extends SamplingRequest {
  /** What was said so far: 1 to 1024 messages. */
  readonly messages: readonly ChatMessage[];
  /** Most tokens that each choice may have; all that there is room for by default. */
  readonly max_completion_tokens?: number | null;
  /** The older name of `max_completion_tokens`. */
  readonly max_tokens?: number | null;
  /** Sends the log-probability of each token. */
  readonly logprobs?: boolean | null;
  /** Sends so many of the likeliest tokens with each; only together with `logprobs`. */
  readonly top_logprobs?: number | null;
  /** Accepted for compatibility. */
  readonly metadata?: object | null;
  /** Without effect: nothing is stored. */
  readonly store?: boolean | null;
}

export interface StreamedChatRequest extends ChatRequest {
  readonly stream_options?: StreamOptions | null;
}

export interface ChatToken {
  readonly token: string;
  readonly logprob: number;
  /** Its text in UTF-8. */
  readonly bytes: readonly number[];
}

export interface ChatLogprobs {
  readonly content: readonly (ChatToken & { readonly top_logprobs: readonly ChatToken[] })[];
  readonly refusal: null;
}

interface ChatChoiceHead {
  readonly index: number;
  readonly logprobs: ChatLogprobs | null;
  readonly finish_reason: FinishReason;
  readonly token_ids?: readonly number[];
  readonly prompt_token_ids?: readonly number[];
}

export interface ChatChoice extends ChatChoiceHead {
  readonly message: {
    readonly role: 'assistant';
    readonly content: string;
    readonly refusal: null;
  };
  readonly stop_reason: string | number | null;
}

/** The first one of a choice says whose the message is, the others what follows in it. */
export interface ChatChoiceDelta extends ChatChoiceHead {
  readonly delta: { readonly role?: 'assistant'; readonly content?: string };
  readonly stop_reason?: string | number | null;
}

interface ChatHead {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
}

export interface Chat extends ChatHead {
  readonly object: 'chat.completion';
  readonly choices: readonly ChatChoice[];
  readonly usage: Usage;
}

export interface ChatChunk extends ChatHead {
  readonly object: 'chat.completion.chunk';
  readonly choices: readonly ChatChoiceDelta[];
  /** As `stream_options` asked for it. */
  readonly usage?: Usage | null;
}
