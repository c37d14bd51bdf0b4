// The shape of a chat completion, whole and in chunks.

import { type TProperties, Type } from 'typebox';
import { count, finishReason, orNull, stopReason, tokenIds, usage } from './parts.ts';

const namedToken = {
  token: Type.String({ description: 'its text, or its id' }),
  logprob: Type.Number(),
  bytes: Type.Array(count(''), { description: 'its text in UTF-8' }),
};

const logprobs = Type.Object({
  content: Type.Array(
    Type.Object({
      ...namedToken,
      top_logprobs: Type.Array(Type.Object(namedToken), {
        description: 'the likeliest tokens in its place',
      }),
    }),
  ),
  refusal: Type.Null(),
});

const choice = <P extends TProperties>(said: P) =>
  Type.Object({
    index: count('from 0 to n - 1'),
    ...said,
    logprobs: orNull(logprobs, 'of each token, where they are asked for'),
    finish_reason: finishReason,
    token_ids: Type.Optional(tokenIds('of the message, where they are asked for')),
    prompt_token_ids: Type.Optional(tokenIds('of what the messages became')),
  });

const head = <const T extends string>(object: T) => ({
  id: Type.String({ description: 'names the answer; the same in all chunks of one' }),
  object: Type.Literal(object),
  created: count('seconds since 1970'),
  model: Type.String({ description: 'the model that was used' }),
});

const role = Type.Literal('assistant');

export const chat = Type.Object({
  ...head('chat.completion'),
  choices: Type.Array(
    choice({
      message: Type.Object({
        role,
        content: Type.String({ description: 'what the model says' }),
        refusal: Type.Null(),
      }),
      stop_reason: stopReason,
    }),
  ),
  usage,
});

export const chatChunk = Type.Object({
  ...head('chat.completion.chunk'),
  choices: Type.Array(
    choice({
      delta: Type.Object({
        role: Type.Optional(role),
        content: Type.Optional(Type.String({ description: 'what follows the chunk before' })),
      }),
      stop_reason: Type.Optional(stopReason),
    }),
  ),
  usage: Type.Optional(orNull(usage)),
});
