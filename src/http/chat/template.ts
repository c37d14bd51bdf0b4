// How the messages of a chat become the text that GPT-2 continues. It has never seen a chat, so what
// one looks like is up to whoever runs the server, who says it in a file like this:
//
//   {
//     "roles": {
//       "system": "{content}\n\n",
//       "user": "Question: {content}\n",
//       "assistant": "Answer:{content}\n"
//     },
//     "assistant_prefix": "Answer:",
//     "stop": ["\nQuestion:"]
//   }
//
// Each message becomes the text of its role, with what was said in the place of {content}; the prefix
// comes after the last one. Tokens of GPT-2 begin with their space: a prefix should not end with one.
// The stop strings, which may be left out, end every answer.

import { Type } from 'typebox';
import { ServeError } from '../../errors.ts';
import { readSettingFile } from '../../setting-file.ts';
import { field, required } from '../completion/field.ts';
import { readFields } from '../completion/read-fields.ts';
import { longestStop } from '../completion/sampling-fields.ts';

export interface ChatTemplate {
  readonly roles: Readonly<Record<string, string>>;
  readonly assistantPrefix: string;
  readonly stopStrings: readonly string[];
}

export interface Message {
  readonly role: string;
  readonly content: string;
}

const place = '{content}';

const templateFields = {
  roles: required(
    field(
      Type.Record(Type.String(), Type.String({ pattern: '\\{content\\}' }), { minProperties: 1 }),
      `an object of roles, each with a text that has ${place} in it`,
      'what a message of each role becomes',
    ),
  ),
  assistant_prefix: field(Type.String(), 'a string', 'what the answer follows'),
  stop: field(
    Type.Array(Type.String({ minLength: 1, maxLength: longestStop }), { maxItems: 16 }),
    `a list of at most 16 strings, each of 1 to ${longestStop} characters`,
    'what ends an answer',
  ),
} as const;

/** Throws `ServeError`: invalid_setting. */
export function readChatTemplate(file: string): ChatTemplate {
  const flag = '--chat-template';
  const text = readSettingFile(flag, file, 'a JSON file with a text for each role');
  try {
    return parseChatTemplate(text);
  } catch (error) {
    throw new ServeError('invalid_setting', `${flag}: ${file}: ${(error as Error).message}`, flag);
  }
}

export function parseChatTemplate(text: string): ChatTemplate {
  const { roles, assistant_prefix, stop } = readFields(templateFields, JSON.parse(text));
  return { roles, assistantPrefix: assistant_prefix ?? '', stopStrings: stop ?? [] };
}

/** Throws `ServeError` (invalid_value) for a role that the template does not have. */
export function render(messages: readonly Message[], template: ChatTemplate): string {
  const said = messages.map(({ role, content }, index) => {
    if (Object.hasOwn(template.roles, role)) {
      return template.roles[role]!.split(place).join(content);
    }
    const roles = Object.keys(template.roles).join(', ');
    const shown = JSON.stringify(role.slice(0, 60));
    const name = `messages[${index}].role`;
    throw new ServeError('invalid_value', `${name} must be one of ${roles}, got ${shown}`, name);
  });
  return said.join('') + template.assistantPrefix;
}
