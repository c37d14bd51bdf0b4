// The routes of the tokenizer.

import { detokenizeFields, tokenizeFields } from '../../tokenizer/fields.ts';
import type { Operation } from '../operation.ts';
import type { Rule } from '../specification.ts';

const otherModel: Rule = {
  code: 'model_not_found',
  param: 'model',
  when: 'it is not the model that is served',
};

export const tokenOperations: readonly Operation[] = [
  {
    method: 'POST',
    path: '/tokenize',
    name: 'tokenize',
    group: 'tokens',
    summary: 'Says which tokens a text is',
    body: {
      name: 'TokenizeRequest',
      table: tokenizeFields,
      examples: [{ summary: 'a text', value: { prompt: 'Once upon a time' } }],
    },
    answers: [{ status: 200, meaning: 'the tokens', schema: 'Tokens' }],
    refusals: ['model_not_found'],
    rules: [otherModel, { code: 'invalid_value', param: 'prompt', when: 'it has too many tokens' }],
  },
  {
    method: 'POST',
    path: '/detokenize',
    name: 'detokenize',
    group: 'tokens',
    summary: 'Says which text tokens are',
    body: {
      name: 'DetokenizeRequest',
      table: detokenizeFields,
      examples: [{ summary: 'tokens', value: { tokens: [7454, 2402, 257, 640] } }],
    },
    answers: [{ status: 200, meaning: 'the text', schema: 'Text' }],
    refusals: ['model_not_found'],
    rules: [
      otherModel,
      { code: 'invalid_value', param: 'tokens', when: 'the model does not have one of them' },
    ],
  },
  {
    method: 'GET',
    path: '/tokenizer_info',
    name: 'getTokenizerInfo',
    group: 'tokens',
    summary: "Describes the tokenizer, in the words of Hugging Face's tokenizer_config.json",
    answers: [{ status: 200, meaning: 'the description', schema: 'TokenizerInfo' }],
  },
];
