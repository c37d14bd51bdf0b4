// The bodies of the page's requests. Tokens are named by their ids, so that nothing is lost in names.

import type { CompletionRequest } from '../../client/completion-types.ts';
import { type Settings, samplingFields } from './settings.ts';
import { candidateCount } from './token.ts';

const withTokens = {
  logprobs: candidateCount,
  return_token_ids: true,
  return_tokens_as_token_ids: true,
} as const;

export function writeRequest(
  prompt: string | readonly number[],
  settings: Settings,
): CompletionRequest {
  return { ...samplingFields(settings), prompt, ...withTokens };
}

/** Goes on with one text, whatever had ended it, as far as there is room: so many tokens. */
export function goOnRequest(
  ids: readonly number[],
  settings: Settings,
  room: number,
): CompletionRequest {
  const body = writeRequest(ids, settings);
  return { ...body, max_tokens: Math.min(body.max_tokens ?? room, room), n: 1, min_tokens: 1 };
}

export function scoreRequest(prompt: string | readonly number[]): CompletionRequest {
  return { prompt, ...withTokens, echo: true, max_tokens: 0 };
}
