// Clients that people have, as they are, against the program as a process of its own.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, streamText } from 'ai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import WebSocket from 'ws';
import { type Server, startServer } from '../../bench/server.ts';
import { temporaryFolder } from '../support/folders.ts';

let server: Server;
beforeAll(async () => {
  server = await startServer('--cache-directory', temporaryFolder());
});
afterAll(async () => {
  await server.stop();
});

async function curl(...words: string[]): Promise<string> {
  const child = spawn('curl', ['--silent', ...words]);
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (piece) => (output += piece));
  const [code] = await once(child, 'close');
  expect(code).toBe(0);
  return output;
}

function frames(socket: WebSocket): AsyncIterable<Record<string, unknown>> {
  return (async function* () {
    const waiting: string[] = [];
    let wake = () => {};
    socket.on('message', (data) => {
      waiting.push(String(data));
      wake();
    });
    for (;;) {
      for (const text of waiting.splice(0)) yield JSON.parse(text);
      await new Promise<void>((resolve) => (wake = resolve));
    }
  })();
}

const body = { prompt: 'Once upon a time', max_tokens: 12, seed: 5 };

async function expectedText(): Promise<string> {
  const reply = await fetch(new URL('/v1/completions', server.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = (await reply.json()) as { choices: { text: string }[] };
  return answer.choices[0]!.text;
}

const hasCurl = spawnSync('curl', ['--version']).status === 0;
const why = hasCurl ? '' : ' (skipped: curl is not installed)';

test.skipIf(!hasCurl)(`curl gets a stream that ends as OpenAI ends one${why}`, async () => {
  const output = await curl(
    '--no-buffer',
    new URL('/v1/completions', server.url).href,
    '--header',
    'content-type: application/json',
    '--data',
    JSON.stringify({ ...body, stream: true }),
  );
  expect(output).toMatch(/^data: \{.*\n\ndata: \[DONE\]\n\n$/s);
});

test('the AI SDK completes, and streams the same text', async () => {
  const kvasir = createOpenAICompatible({
    name: 'kvasir',
    baseURL: new URL('/v1', server.url).href,
  });
  const model = kvasir.completionModel('storyteller');
  // The SDK dresses prompts up as a dialogue, so its text is another than ours.
  const settings = { model, prompt: 'Once upon a time', maxOutputTokens: 12, seed: 5 };
  const whole = await generateText(settings);
  expect(whole.text.length).toBeGreaterThan(0);
  expect(whole.usage.outputTokens).toBeGreaterThan(0);
  let streamed = '';
  for await (const piece of streamText(settings).textStream) streamed += piece;
  expect(streamed).toBe(whole.text);
});

test("the requests of vLLM's benchmark are served as it reads them", async () => {
  const reply = await fetch(new URL('/v1/completions', server.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-request-id': 'bench-7' },
    body: JSON.stringify({
      model: 'storyteller',
      prompt: 'Once upon a time',
      repetition_penalty: 1.0,
      max_tokens: 16,
      logprobs: null,
      stream: true,
      stream_options: { include_usage: true },
      ignore_eos: true,
    }),
  });
  expect(reply.headers.get('x-request-id')).toBe('bench-7');
  // It counts a token for each chunk with choices, and reads usage from a chunk without any.
  const events = (await reply.text()).split('\n\n').filter((event) => event !== '');
  expect(events.pop()).toBe('data: [DONE]');
  const chunks = events.map((event) => JSON.parse(event.slice('data: '.length)));
  const counted = chunks.filter(({ choices }) => choices.length > 0);
  expect(counted.length).toBeGreaterThan(8); // on a busy machine two tokens may share a chunk
  expect(counted.at(-1).choices[0]).toMatchObject({ finish_reason: 'length' });
  expect(chunks.filter(({ choices }) => choices.length === 0)).toMatchObject([
    { usage: { prompt_tokens: 4, completion_tokens: 16 } },
  ]);
});

test('ws gets the same text as HTTP does', async () => {
  const url = new URL('/v1/completions', server.url);
  url.protocol = 'ws:';
  const socket = new WebSocket(url);
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'completion.create', id: 'a', ...body }));
  let text = '';
  for await (const frame of frames(socket)) {
    if (frame['type'] === 'completion.done') break;
    text += (frame['choices'] as { text: string }[])[0]!.text;
  }
  socket.close();
  expect(text).toBe(await expectedText());
});
