// What several shapes have in common.

import { type TObject, type TSchema, Type } from 'typebox';

export const count = (description: string) => Type.Integer({ minimum: 0, description });

export const orNull = <S extends TSchema>(schema: S, description?: string) =>
  Type.Union([schema, Type.Null()], description === undefined ? {} : { description });

export const tokenIds = (description: string) => Type.Array(count(''), { description });

/** OpenAI's list of all there is. */
export const listOf = (item: TObject) =>
  Type.Object({ object: Type.Literal('list'), data: Type.Array(item) });

export const usage = Type.Object({
  prompt_tokens: count('tokens of all prompts'),
  completion_tokens: count('tokens of all choices'),
  total_tokens: count('both together'),
  prompt_tokens_details: Type.Object({
    cached_tokens: count('tokens of prompts that did not have to be computed again'),
  }),
});

export const finishReason = orNull(
  Type.Enum(['stop', 'length']),
  'why the text ended; null in a chunk after which it goes on',
);

export const stopReason = orNull(
  Type.Union([Type.String(), Type.Integer()]),
  'the stop string or the id of the stop token that ended the text, where one did',
);
