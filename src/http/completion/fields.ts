// Every field of a completion request that clients are known to send, in one table: OpenAI's, vLLM's,
// and a few of others. What is not in it is refused by name.

import { Type } from 'typebox';
import { answerFields } from './answer-fields.ts';
import { field, never, whole } from './field.ts';
import { samplingFields } from './sampling-fields.ts';

const { MAX_SAFE_INTEGER: largest } = Number;

/** OpenAI allows 5, vLLM 20. */
export const mostAlternatives = 20;
const ids = Type.Array(Type.Integer());

export const fields = {
  prompt: field(
    Type.Union([Type.String(), ids, Type.Array(Type.String()), Type.Array(ids)]),
    'a string, a list of strings, a list of token ids, or a list of such lists',
    'what to continue; where it is empty, a new text begins',
  ),
  truncate_prompt_tokens: field(
    Type.Union([Type.Literal(-1), Type.Integer({ minimum: 1, maximum: largest })]),
    '-1, or a whole number, at least 1',
    'keeps this many of the last tokens of the prompt; -1: as many as there is room for',
  ),
  truncation_side: field(
    Type.Union([Type.Literal('left'), Type.Literal('right')], { default: 'left' }),
    '"left" or "right"',
    'where truncate_prompt_tokens cuts; at the left it keeps the last tokens',
  ),
  max_tokens: whole(
    0,
    largest,
    'most tokens that each choice may have; 16, or less where the context has no more room; ' +
      '0 together with echo only reads the prompt',
  ),
  best_of: whole(1, 20, 'generates this many choices and returns the n likeliest per token'),
  echo: field(Type.Boolean({ default: false }), 'true or false', 'puts the prompt before the text'),
  logprobs: whole(
    0,
    mostAlternatives,
    'sends the log-probability of each token, and of this many of the likeliest in its place',
  ),
  prompt_logprobs: whole(
    0,
    mostAlternatives,
    "the same for the tokens of the prompt, in vLLM's shape; not for streams",
  ),
  suffix: never('GPT-2 cannot fill in the middle of a text', ''),
  ...samplingFields,
  ...answerFields,
} as const;
