// The routes at which the model writes.

import { fields } from '../../completion/fields.ts';
import { completionsPath } from '../../completions-route.ts';
import { type Operation, workRefusals } from '../operation.ts';
import { completionRules } from './rules.ts';

export const completionOperations: readonly Operation[] = [
  {
    method: 'POST',
    path: completionsPath,
    name: 'createCompletion',
    group: 'completions',
    summary: 'Continues a text',
    details: `Fields are OpenAI's, and more. Null is the same as left out; a field that is not known is refused by name.

With \`"stream": true\` the answer is a stream of server-sent events. Each is \`data: \`, a chunk as JSON, and an empty line; the last is \`data: [DONE]\`. The chunk that ends a choice has its last text and its \`finish_reason\`. With \`"stream_options": {"include_usage": true}\` one more chunk, without choices, has the counts. What fails after the stream began is an event with an \`error\`, as in other answers, before \`[DONE]\`.

A client that closes the connection ends the work.`,
    body: {
      name: 'CompletionRequest',
      table: fields,
      examples: [
        { summary: 'a text', value: { prompt: 'Once upon a time', max_tokens: 24 } },
        {
          summary: 'a stream',
          value: { prompt: 'Once upon a time', max_tokens: 24, temperature: 0.7, stream: true },
        },
      ],
    },
    answers: [
      { status: 200, meaning: 'the completion, whole', schema: 'Completion' },
      {
        status: 200,
        meaning: 'the completion, chunk by chunk',
        eventSchema: 'CompletionChunk',
      },
    ],
    refusals: workRefusals,
    rules: completionRules,
  },
  {
    method: 'GET',
    path: completionsPath,
    name: 'openSocket',
    group: 'completions',
    summary: 'Opens a WebSocket for any number of completions',
    details: `Every frame is a text message with one JSON object, and every object has a \`type\`. Many completions run on one socket at once, told apart by an \`id\` that the client chooses: 1 to 128 characters, free again once its completion has ended.

The client sends

\`\`\`
{"type":"completion.create","id":"a", ...}   the fields of POST ${completionsPath}, without stream
{"type":"completion.cancel","id":"a"}        ends it; ignored where it has ended already
\`\`\`

and gets, for each create, any number of

\`\`\`
{"type":"completion.chunk","id":"a", ...}    a chunk, as in the event stream
\`\`\`

and then exactly one of

\`\`\`
{"type":"completion.done","id":"a","usage":{...}}
{"type":"completion.done","id":"a","finish_reason":"abort","usage":{...}}
{"type":"error","id":"a","error":{...}}
\`\`\`

An error with the code \`duplicate_id\` answers a create whose id is taken, and one with the param \`type\` a frame of no known type; the completion that has the id goes on. A frame that cannot be read, or has no valid id, is answered by an error whose id is null.

Closing the socket ends what is open on it. The server closes it with 1001 when it stops, 1008 where what is sent is not read, 1009 after a frame that is too large, and 1011 when the engine stopped.

Where the server asks for keys, a page that cannot set headers shows its key as a subprotocol: \`new WebSocket(url, ['kvasir', 'kvasir.key.' + encodeURIComponent(key)])\`.`,
    answers: [{ status: 101, meaning: 'the connection is a WebSocket from here on' }],
    refusals: ['method_not_allowed'],
  },
];
