// Every field of a chat completion request that clients are known to send. What is not in it is refused
// by name.

import { Type } from 'typebox';
import { answerFields } from '../completion/answer-fields.ts';
import { field, ignored, never, objectsField, required, whole } from '../completion/field.ts';
import { mostAlternatives } from '../completion/fields.ts';
import { samplingFields } from '../completion/sampling-fields.ts';

const { MAX_SAFE_INTEGER: largest } = Number;
const noTools = 'GPT-2 calls no tools';

export const messageFields = {
  role: required(field(Type.String(), 'a string', 'who said it; the chat template has the roles')),
  content: required(
    field(
      Type.Union([
        Type.String(),
        Type.Array(
          Type.Object(
            { type: Type.Literal('text'), text: Type.String() },
            { additionalProperties: false },
          ),
        ),
      ]),
      'a string, or a list of parts like {"type": "text", "text": "..."}',
      'what was said',
    ),
  ),
  name: ignored(Type.String(), 'a string', 'accepted for compatibility'),
} as const;

export const chatFields = {
  messages: required(objectsField(messageFields, 'messages', 1, 1024, 'what was said so far')),
  max_completion_tokens: whole(
    1,
    largest,
    'most tokens that each choice may have; all that the context has room for by default',
  ),
  max_tokens: whole(1, largest, 'the older name of max_completion_tokens'),
  logprobs: field(
    Type.Boolean({ default: false }),
    'true or false',
    'sends the log-probability of each token',
  ),
  top_logprobs: whole(
    0,
    mostAlternatives,
    'sends so many of the likeliest tokens with each; only together with logprobs',
  ),
  ...samplingFields,
  ...answerFields,

  metadata: ignored(Type.Object({}), 'an object', 'accepted for compatibility'),
  store: ignored(Type.Boolean(), 'true or false', 'without effect: nothing is stored'),
  tools: never(noTools, []),
  tool_choice: never(noTools, 'none', 'auto'),
  functions: never(noTools, []),
  function_call: never(noTools, 'none', 'auto'),
} as const;
