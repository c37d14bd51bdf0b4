// Chats: refused with the way out, unless the server was told what a chat looks like.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import OpenAI from 'openai';
import { expect, onTestFinished, test } from 'vitest';
import { listen, says, serve, type TestServer, tokenizer } from './harness.ts';
import { endOfText, type ScriptedOptions } from './scripted-engine.ts';

const template = {
  roles: { system: '{content}\n\n', user: 'Q: {content}\n', assistant: 'A:{content}\n' },
  assistant_prefix: 'A:',
  stop: ['\nQ:'],
};

async function serveChat(
  scripted: ScriptedOptions = {},
  file: unknown = template,
): Promise<TestServer> {
  const folder = await mkdtemp(path.join(tmpdir(), 'kvasir-chat-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const chatTemplateFile = path.join(folder, 'chat.json');
  await writeFile(chatTemplateFile, typeof file === 'string' ? file : JSON.stringify(file));
  return serve(scripted, { chatTemplateFile });
}

function chat({ app }: TestServer, payload: object) {
  return app.inject({ method: 'POST', url: '/v1/chat/completions', payload });
}

const foxes = { script: () => [...says(' a fox\nQ: what'), endOfText] };
const messages = [
  { role: 'system', content: 'Animals.' },
  { role: 'user', content: 'Which?' },
];

test('without a template a chat is refused, and told where texts are continued', async () => {
  const response = await chat(await serve(), { messages });
  expect(response.statusCode).toBe(400);
  expect(response.json().error).toEqual({
    message:
      'this server has no chat template: GPT-2 continues texts, so send yours as the prompt of ' +
      'POST /v1/completions, or start the server with --chat-template',
    type: 'invalid_request_error',
    param: null,
    code: 'no_chat_template',
  });
});

test('messages become the prompt by the template, and its stop strings end the answer', async () => {
  const server = await serveChat(foxes);
  const response = await chat(server, { model: 'storyteller', messages });
  expect(response.body).toBe(
    '{"id":"chatcmpl-name-1","object":"chat.completion","created":1750000000,' +
      '"model":"storyteller","choices":[{"index":0,"message":{"role":"assistant",' +
      '"content":" a fox","refusal":null},"logprobs":null,"finish_reason":"stop",' +
      '"stop_reason":"\\nQ:"}],"usage":{"prompt_tokens":12,"completion_tokens":5,' +
      '"total_tokens":17,"prompt_tokens_details":{"cached_tokens":0}}}',
  );
  const [sequence] = server.engine.submitted;
  expect(tokenizer.decode([...sequence!.promptIds])).toBe('Animals.\n\nQ: Which?\nA:');
  expect(sequence!.maxTokens).toBe(64 - 12);
});

test('a stream begins with the role, and ends with the counts', async () => {
  const response = await chat(await serveChat({ script: () => says(' a fox') }), {
    messages,
    max_completion_tokens: 2,
    stream: true,
    stream_options: { include_usage: true },
  });
  const head =
    'data: {"id":"chatcmpl-name-1","object":"chat.completion.chunk","created":1750000000,' +
    '"model":"storyteller","choices":[';
  expect(response.body).toBe(
    `${head}{"index":0,"delta":{"role":"assistant","content":""},"logprobs":null,"finish_reason":null}],"usage":null}\n\n` +
      `${head}{"index":0,"delta":{"content":" a"},"logprobs":null,"finish_reason":null,"stop_reason":null}],"usage":null}\n\n` +
      `${head}{"index":0,"delta":{"content":" fox"},"logprobs":null,"finish_reason":"length","stop_reason":null}],"usage":null}\n\n` +
      `${head}],"usage":{"prompt_tokens":12,"completion_tokens":2,"total_tokens":14,"prompt_tokens_details":{"cached_tokens":0}}}\n\n` +
      'data: [DONE]\n\n',
  );
});

test('content may come in parts, and is put as it is', async () => {
  const server = await serveChat(foxes);
  const content = [
    { type: 'text', text: 'Who $& is ' },
    { type: 'text', text: '{content}?' },
  ];
  await chat(server, { messages: [{ role: 'user', content }] });
  const { promptIds } = server.engine.submitted[0]!;
  expect(tokenizer.decode([...promptIds])).toBe('Q: Who $& is {content}?\nA:');
});

test('log-probabilities are in the shape of chats', async () => {
  const response = await chat(await serveChat({ script: () => says(' a fox') }), {
    messages,
    max_tokens: 1,
    logprobs: true,
    top_logprobs: 1,
  });
  expect(response.json().choices[0].logprobs).toEqual({
    content: [
      {
        token: ' a',
        logprob: -9.25,
        bytes: [32, 97],
        top_logprobs: [{ token: 'he', logprob: -0.5, bytes: [104, 101] }],
      },
    ],
    refusal: null,
  });
});

test('fields of completions that chats share do the same', async () => {
  const server = await serveChat(foxes);
  const response = await chat(server, {
    messages,
    n: 2,
    stop: ' fox',
    temperature: 0,
    request_id: 'mine',
    return_token_ids: true,
    response_format: { type: 'text' },
    tools: [],
    store: false,
  });
  expect(response.json()).toMatchObject({
    id: 'chatcmpl-mine',
    choices: [
      { index: 0, message: { content: ' a' }, token_ids: says(' a fox') },
      { index: 1, message: { content: ' a' } },
    ],
  });
  expect(server.engine.submitted[1]).toMatchObject({ forkOf: 0, sampling: { greedy: true } });
});

test.each([
  [{}, 'messages', 'messages must be given'],
  [{ messages: [] }, 'messages', 'a list of 1 to 1024 messages, got an empty list'],
  [{ messages: ['hi'] }, 'messages', 'got a list'],
  [{ messages: [{ role: 'user' }] }, 'messages[0].content', 'must be given'],
  [{ messages: [{ content: 'a' }] }, 'messages[0].role', 'must be given'],
  [
    { messages: [{ role: 'tool', content: 'a' }] },
    'messages[0].role',
    'must be one of system, user, assistant, got "tool"',
  ],
  [
    { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: {} }] }] },
    'messages[0].content',
    'a string, or a list of parts',
  ],
  [{ messages: [{ ...messages[0], text: 'a' }] }, 'messages[0].text', 'unknown field'],
  [{ messages, prompt: 'a' }, 'prompt', 'unknown field'],
  [{ messages, tools: [{}] }, 'tools', 'GPT-2 calls no tools'],
  [{ messages, top_logprobs: 1 }, 'top_logprobs', 'only for log-probabilities'],
  [{ messages, max_tokens: 1, max_completion_tokens: 2 }, 'max_tokens', 'got 1'],
  [{ messages, max_completion_tokens: 60 }, 'max_completion_tokens', 'at most 52 here'],
])('%j is refused for %s', async (body, param, message) => {
  const response = await chat(await serveChat(), body);
  expect(response.statusCode).toBe(400);
  expect(response.json().error.param).toBe(param);
  expect(response.json().error.message).toContain(message);
});

test.each([
  ['{', 'JSON'],
  [{ assistant_prefix: 'A:' }, 'roles must be given'],
  [{ ...template, roles: {} }, 'roles must be an object of roles'],
  [{ ...template, roles: { user: 'no place' } }, 'each with a text that has {content} in it'],
  [{ ...template, stop: '\n' }, 'stop must be a list'],
  [{ ...template, suffix: '' }, 'unknown field "suffix"'],
])('a template like %j is refused when the server starts', async (file, message) => {
  await expect(serveChat({}, file)).rejects.toMatchObject({
    code: 'invalid_setting',
    param: '--chat-template',
    message: expect.stringContaining(message),
  });
});

test('messages that are too long are named as what they are', async () => {
  const tooLong = [{ role: 'user', content: 'hello '.repeat(3000) }];
  const response = await chat(await serveChat(), { messages: tooLong });
  expect(response.statusCode).toBe(400);
  expect(response.json().error).toMatchObject({
    code: 'context_length_exceeded',
    param: 'messages',
    message: expect.stringContaining('messages has at least'),
  });
});

test('a template that is not there is refused when the server starts', async () => {
  const missing = serve({}, { chatTemplateFile: '/nowhere/chat.json' });
  await expect(missing).rejects.toThrow('--chat-template: /nowhere/chat.json is not there');
});

test("OpenAI's client has a chat, whole and streamed", async () => {
  const baseURL = `${await listen(await serveChat(foxes))}/v1`;
  const client = new OpenAI({ baseURL, apiKey: 'none', maxRetries: 0 });
  const body = {
    model: 'storyteller',
    messages: [{ role: 'user', content: 'Which?' }],
  } satisfies OpenAI.ChatCompletionCreateParams;
  const whole = await client.chat.completions.create(body);
  expect(whole.choices[0]!.message.content).toBe(' a fox');
  let text = '';
  for await (const chunk of await client.chat.completions.create({ ...body, stream: true })) {
    text += chunk.choices[0]!.delta.content ?? '';
  }
  expect(text).toBe(' a fox');
});
