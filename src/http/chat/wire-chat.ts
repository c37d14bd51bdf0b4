// OpenAI's shapes of chats, with the fields that vLLM adds: a message whole, or its pieces as deltas,
// of which the first says whose they are.

import type { Completion, CompletionEvent } from '../completion/completion.ts';
import type { TokenNames } from '../completion/token-names.ts';
import type { ShownToken } from '../completion/token-trail.ts';
import type { Dialect } from '../dialect.ts';
import { wireTokenIds, wireUsage } from '../wire.ts';
import { alternatives, wireLogprob } from '../wire-logprobs.ts';
import { admitChatWith, chatIdPrefix } from './admit-chat.ts';
import type { ChatTemplate } from './template.ts';

const role = 'assistant';

export function chatDialect(template: ChatTemplate | null): Dialect {
  return {
    idPrefix: chatIdPrefix,
    admit: admitChatWith(template),
    choice: (completion, whole) => {
      const message = { role, content: whole.text, refusal: null };
      return { index: whole.choiceIndex, message, ...rest(whole, completion) };
    },
    whole: (completion, model, choices) => ({
      ...head(completion, 'chat.completion', model),
      choices,
      usage: wireUsage(completion.usage),
    }),
    chunks: (completion, model, event, usage) => {
      const common = head(completion, 'chat.completion.chunk', model);
      const counts = usage === undefined ? {} : { usage: usage && wireUsage(usage) };
      const index = event.choiceIndex;
      const opening = { delta: { role, content: '' }, logprobs: null, finish_reason: null };
      const delta = event.text === '' ? {} : { content: event.text };
      const choices = [
        ...(event.prompt === null ? [] : [{ index, ...opening }]),
        { index, delta, ...rest(event, completion) },
      ];
      return choices.map((choice) => ({ ...common, choices: [choice], ...counts }));
    },
    counts: (completion, model) => ({
      ...head(completion, 'chat.completion.chunk', model),
      choices: [],
      usage: wireUsage(completion.usage),
    }),
  };
}

function head({ origin }: Completion, object: string, model: string) {
  return { id: origin.id, object, created: origin.created, model };
}

/** What a choice has besides its text. */
function rest(event: CompletionEvent, { origin }: Completion) {
  const { logprobCount, tokenIds } = origin.request.details;
  return {
    logprobs:
      logprobCount === null
        ? null
        : { content: wireTokens(event.tokens, logprobCount, origin.tokenNames), refusal: null },
    finish_reason: event.finish,
    stop_reason: event.stopReason,
    ...(tokenIds && wireTokenIds(event)),
  };
}

function wireTokens(tokens: readonly ShownToken[], count: number, names: TokenNames) {
  const wireToken = (id: number, logprob: number) => {
    return { token: names.of(id), logprob: wireLogprob(logprob), bytes: [...names.bytesOf(id)] };
  };
  return tokens.flatMap(({ id, score }) => {
    if (score === null) return [];
    // As many as were asked for: the token itself is told of apart.
    const best = alternatives(id, score, count).slice(0, count);
    const top_logprobs = best.map((other) => wireToken(other.id, other.logprob));
    return [{ ...wireToken(id, score.logprob), top_logprobs }];
  });
}
