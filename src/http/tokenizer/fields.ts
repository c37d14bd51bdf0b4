// The fields of requests to the tokenizer, as vLLM has them.

import { Type } from 'typebox';
import { field, required, tokenIds } from '../completion/field.ts';
import { mostEncodedTokens } from '../completion/prompts.ts';

const model = field(Type.String(), 'a string', 'which model; there is one, so it may be left out');

const return_token_strs = field(
  Type.Boolean({ default: false }),
  'true or false',
  'sends the text of each token, too',
);

export const tokenizeFields = {
  model,
  prompt: required(
    field(Type.String(), 'a string', `the text to encode, of at most ${mostEncodedTokens} tokens`),
  ),
  return_token_strs,
  add_special_tokens: field(
    Type.Boolean({ default: true }),
    'true or false',
    "puts around the text what the model's tokenizer says, which for GPT-2 is nothing",
  ),
} as const;

export const detokenizeFields = {
  model,
  tokens: required(tokenIds(0, mostEncodedTokens, 'the ids to decode')),
  return_token_strs,
} as const;
