// The route at which the model has its part in a conversation.

import { chatFields } from '../../chat/chat-fields.ts';
import { type Operation, workRefusals } from '../operation.ts';
import { chatRules } from './rules.ts';

export const chatOperations: readonly Operation[] = [
  {
    method: 'POST',
    path: '/v1/chat/completions',
    name: 'createChatCompletion',
    group: 'completions',
    summary: 'Answers in a conversation',
    details: `GPT-2 has never seen a conversation. The server makes a text of one by a template that whoever runs it gives with \`--chat-template\`; without one, there are no chats, and \`no_chat_template\` says so.

With \`"stream": true\` the answer is a stream, as that of a completion: the first chunk of each choice says whose message it is, and those that follow have its text piece by piece.`,
    body: {
      name: 'ChatRequest',
      table: chatFields,
      examples: [
        {
          summary: 'a question',
          value: { messages: [{ role: 'user', content: 'Who are you?' }], max_tokens: 24 },
        },
      ],
    },
    answers: [
      { status: 200, meaning: 'the message, whole', schema: 'Chat' },
      { status: 200, meaning: 'the message, chunk by chunk', eventSchema: 'ChatChunk' },
    ],
    refusals: ['no_chat_template', ...workRefusals],
    rules: chatRules,
  },
];
