// The fields that decide how an answer is delivered and named, and those that are accepted without
// effect or not yet: the same for completions and for chats.

import { Type } from 'typebox';
import { field, ignored, later, objectField, whole } from './field.ts';

const yesOrNo = [Type.Boolean({ default: false }), 'true or false'] as const;

export const streamOptionFields = {
  include_usage: field(...yesOrNo, 'sends the token counts in a last chunk of their own'),
  continuous_usage_stats: field(...yesOrNo, 'sends the token counts so far with each chunk'),
  include_obfuscation: ignored(
    Type.Boolean(),
    'true or false',
    'without effect: chunks are not padded against eavesdroppers',
  ),
} as const;

export const answerFields = {
  model: field(Type.String(), 'a string', 'which model; there is one, so it may be left out'),
  n: whole(1, 128, 'choices for each prompt', 1),
  stream: field(...yesOrNo, 'sends the text as it is generated'),
  stream_options: objectField(
    streamOptionFields,
    'what else a stream carries; only together with stream',
  ),
  return_token_ids: field(
    ...yesOrNo,
    'sends the token ids of the text with each choice, and once those of its prompt',
  ),
  return_tokens_as_token_ids: field(
    ...yesOrNo,
    'log-probabilities name tokens "token_id:50256" instead of by their texts',
  ),
  request_id: field(
    Type.String({ pattern: '^[\\x21-\\x7e]{1,128}$' }),
    'a string of 1 to 128 visible ASCII characters',
    'becomes part of the id of the answer, in place of the header X-Request-Id',
  ),

  user: ignored(Type.String(), 'a string', 'the end user; accepted for compatibility'),
  add_special_tokens: field(
    Type.Boolean(),
    'true or false',
    "puts around each prompt of text what the model's tokenizer says, which for GPT-2 is nothing; " +
      'true unless said, and in chats false',
  ),
  spaces_between_special_tokens: ignored(
    Type.Boolean(),
    'true or false',
    'without effect: texts of GPT-2 have no spaces of their own around special tokens',
  ),

  logprob_token_ids: later('log-probabilities of these tokens', []),
  response_format: later('the form that the text must have', { type: 'text' }),
  structured_outputs: later('the form that the text must have'),
  use_beam_search: later('searches for the likeliest text', false),
  length_penalty: later('favours long texts in beam search', 1),
} as const;
