// OpenAI's shapes, to the letter: what a completion, a chunk of one, and token counts look like in
// JSON, with the fields that vLLM adds. Inside there is camelCase and `Completion`; these are the
// words that go out.

import { admit } from './completion/admit.ts';
import type { Completion, CompletionEvent } from './completion/completion.ts';
import type { Usage } from './completion/request.ts';
import type { Dialect } from './dialect.ts';
import { type WireLogprobs, wireLogprobs } from './wire-logprobs.ts';
import { type WirePromptScore, wirePromptLogprobs } from './wire-prompt-logprobs.ts';

export type FinishWord = 'stop' | 'length' | 'abort' | 'error' | null;

export interface WireChoice {
  readonly index: number;
  readonly text: string;
  readonly logprobs: WireLogprobs | null;
  readonly finish_reason: FinishWord;
  /** The stop string that ended the text, or the id of the stop token. */
  readonly stop_reason: string | number | null;
  readonly prompt_logprobs?: readonly WirePromptScore[];
  readonly token_ids?: readonly number[];
  /** In a stream, with the first chunk of each choice. */
  readonly prompt_token_ids?: readonly number[];
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

export const completionDialect: Dialect = {
  idPrefix: 'cmpl',
  admit,
  choice: (completion, whole) => wireChoice(whole, completion),
  whole: (completion, model, choices) =>
    wireCompletion(completion, model, choices as WireChoice[], completion.usage),
  chunks: (completion, model, event, usage) => [
    wireCompletion(completion, model, [wireChoice(event, completion)], usage),
  ],
  counts: (completion, model) => wireCompletion(completion, model, [], completion.usage),
};

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

export function wireChoice(event: CompletionEvent, { origin }: Completion): WireChoice {
  const { choiceIndex, text, tokens, finish, stopReason, prompt } = event;
  const { request, tokenNames } = origin;
  const { logprobCount, promptLogprobCount, tokenIds } = request.details;
  const choice: WireChoice = {
    index: choiceIndex,
    text,
    logprobs: logprobCount === null ? null : wireLogprobs(tokens, logprobCount, tokenNames),
    finish_reason: finish,
    stop_reason: stopReason,
  };
  return {
    ...choice,
    ...(promptLogprobCount !== null &&
      prompt !== null && {
        prompt_logprobs: wirePromptLogprobs(prompt, promptLogprobCount, tokenNames),
      }),
    ...(tokenIds && wireTokenIds(event)),
  };
}

/** Prompt and text are told apart, even where the text begins with the prompt. */
export function wireTokenIds({ tokens, prompt }: Pick<CompletionEvent, 'tokens' | 'prompt'>) {
  const token_ids = tokens.flatMap(({ id, isPrompt }) => (isPrompt ? [] : [id]));
  return prompt === null ? { token_ids } : { token_ids, prompt_token_ids: [...prompt.ids] };
}

export function wireUsage({ promptTokens, completionTokens, cachedTokens }: Usage): WireUsage {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens },
  };
}
