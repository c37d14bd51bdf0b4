// The shape of a completion, whole and in chunks.

import { Type } from 'typebox';
import { count, finishReason, orNull, stopReason, tokenIds, usage } from './parts.ts';

const logprobs = Type.Object({
  text_offset: Type.Array(Type.Integer(), { description: 'where in the text each token begins' }),
  token_logprobs: Type.Array(orNull(Type.Number()), {
    description: 'of each token; null where nothing comes before it',
  }),
  tokens: Type.Array(Type.String(), { description: 'the text of each token, or its id' }),
  top_logprobs: Type.Array(orNull(Type.Record(Type.String(), Type.Number())), {
    description: 'of the likeliest tokens in the place of each, and of the token itself',
  }),
});

const promptScore = Type.Object({
  logprob: Type.Number(),
  rank: orNull(Type.Integer({ minimum: 1 })),
  decoded_token: Type.String(),
});

const choice = Type.Object({
  index: count('the n choices of the first prompt come first, then those of the second'),
  text: Type.String({ description: 'what was generated; in a chunk, since the chunk before' }),
  logprobs: orNull(logprobs, 'of each token of the text, where they are asked for'),
  finish_reason: finishReason,
  stop_reason: stopReason,
  prompt_logprobs: Type.Optional(
    Type.Array(orNull(Type.Record(Type.String(), promptScore)), {
      description: 'for each token of the prompt, the likeliest in its place by their ids',
    }),
  ),
  token_ids: Type.Optional(tokenIds('of the text, where they are asked for')),
  prompt_token_ids: Type.Optional(tokenIds('of the prompt; in a stream, in the first chunk')),
});

const head = {
  id: Type.String({ description: 'names the completion; the same in all chunks of one' }),
  object: Type.Literal('text_completion'),
  created: count('seconds since 1970'),
  model: Type.String({ description: 'the model that was used' }),
  choices: Type.Array(choice),
};

export const completion = Type.Object({ ...head, usage });

export const completionChunk = Type.Object({
  ...head,
  usage: Type.Optional(orNull(usage)),
});
