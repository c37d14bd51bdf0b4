// OpenAI's shapes, to the letter: what a completion, a chunk of one, and token counts look like in
// JSON. Inside there is camelCase and `Completion`; these are the words that go out.

import type { Completion, CompletionEvent } from './completion/completion.ts';
import type { Usage } from './completion/request.ts';

export type FinishWord = 'stop' | 'length' | 'abort' | 'error' | null;

export interface WireChoice {
  readonly index: number;
  readonly text: string;
  readonly logprobs: null;
  readonly finish_reason: FinishWord;
}

export interface WireUsage {
  readonly prompt_tokens: number;
  readonly completion_tokens: number;
  readonly total_tokens: number;
  readonly prompt_tokens_details: { readonly cached_tokens: number };
}

export interface WireCompletion {
  readonly id: string;
  readonly object: 'text_completion';
  readonly created: number;
  readonly model: string;
  readonly choices: readonly WireChoice[];
  /** Null on the chunks of a stream whose counts come at its end; absent where none were asked for. */
  readonly usage?: WireUsage | null;
}

export function wireCompletion(
  completion: Completion,
  model: string,
  choices: readonly WireChoice[],
  usage?: Usage | null,
): WireCompletion {
  const { id, created } = completion.origin;
  const head = { id, object: 'text_completion', created, model, choices } as const;
  if (usage === undefined) return head;
  return { ...head, usage: usage === null ? null : wireUsage(usage) };
}

export function wireChoice({ choiceIndex, text, finish }: CompletionEvent): WireChoice {
  return { index: choiceIndex, text, logprobs: null, finish_reason: finish };
}

export function wireUsage({ promptTokens, completionTokens }: Usage): WireUsage {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: 0 },
  };
}
