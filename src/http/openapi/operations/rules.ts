// What a schema cannot say of a body: which of its fields must go together, and with the model.

import type { Rule } from '../specification.ts';

const idFields = ['stop_token_ids', 'allowed_token_ids', 'logit_bias'];

/** Of everything that is generated. `lengthFields`: what max_tokens is called there. */
function generationRules(...lengthFields: readonly string[]): readonly Rule[] {
  return [
    { code: 'model_not_found', param: 'model', when: 'it is not the model that is served' },
    { code: 'invalid_value', param: 'n', when: 'it asks for more texts than may wait' },
    { code: 'invalid_value', param: 'stream_options', when: '`stream` is not true' },
    ...idFields.map((param) => {
      return { code: 'invalid_value', param, when: 'the model does not have one of the ids' };
    }),
    {
      code: 'invalid_value',
      param: 'allowed_token_ids',
      when: '`bad_words` and `min_tokens` leave none of them over',
    },
    {
      code: 'invalid_value',
      param: 'bad_words',
      when: 'one of them is no text that the model can have',
    },
    { code: 'invalid_value', param: 'min_tokens', when: 'it is more than the text may have' },
    ...lengthFields.map((param) => {
      const when = 'there is no room for that many after the prompt';
      return { code: 'context_length_exceeded', param, when };
    }),
    { code: 'context_length_exceeded', param: 'prompt', when: 'it leaves no room for more' },
  ];
}

export const completionRules: readonly Rule[] = [
  ...generationRules('max_tokens'),
  { code: 'invalid_value', param: 'prompt', when: 'the model does not have one of its ids' },
  { code: 'invalid_value', param: 'prompt', when: 'there are more prompts than may wait' },
  { code: 'invalid_value', param: 'best_of', when: 'it is less than `n`' },
  { code: 'invalid_value', param: 'best_of', when: 'it is more than `n` and `stream` is true' },
  { code: 'invalid_value', param: 'prompt_logprobs', when: '`stream` is true' },
  { code: 'invalid_value', param: 'max_tokens', when: 'it is 0 and `echo` is not true' },
  { code: 'invalid_value', param: 'best_of', when: 'it is not 1 and `max_tokens` is 0' },
  { code: 'invalid_value', param: 'n', when: 'it is not 1 and `max_tokens` is 0' },
];

export const chatRules: readonly Rule[] = [
  { code: 'no_chat_template', param: null, when: 'the server has none' },
  ...generationRules('max_tokens', 'max_completion_tokens'),
  { code: 'invalid_value', param: 'messages[].role', when: 'the template does not have it' },
  { code: 'invalid_value', param: 'max_tokens', when: 'it is not `max_completion_tokens`' },
  { code: 'invalid_value', param: 'top_logprobs', when: '`logprobs` is not true' },
];
