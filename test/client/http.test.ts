// The client over HTTP against a listening server: whole answers, streams, refusals, and what becomes
// of a request that its caller gives up.

import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { type Client, createClient, KvasirError } from '../../client/client.ts';
import { listen, says, serve, type TestServer, turn } from '../http/harness.ts';
import { serveEverything } from '../http/openapi/described-server.ts';
import { endOfText } from '../http/scripted-engine.ts';

const fox = () => [...says(' a fox'), endOfText];
const request = { prompt: 'Once', max_tokens: 8 } as const;

async function clientOf(server: TestServer, apiKey?: string): Promise<Client> {
  return createClient(await listen(server), { apiKey });
}

/** What a promise is rejected with; it must be. */
async function failure(promise: Promise<unknown>): Promise<KvasirError> {
  const error = await promise.then(
    () => null,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(KvasirError);
  return error;
}

async function textOf(chunks: AsyncIterable<{ choices: readonly { text: string }[] }>) {
  let text = '';
  for await (const { choices } of chunks) for (const choice of choices) text += choice.text;
  return text;
}

/** Any server at all, as `http://127.0.0.1:port`. */
async function anything(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a whole completion', async () => {
  const client = await clientOf(await serve({ script: fox }));
  const { choices, usage } = await client.complete(request);
  expect(choices).toMatchObject([{ index: 0, text: ' a fox', finish_reason: 'stop' }]);
  expect(usage.total_tokens).toBe(4);
});

test('a stream, with its counts at the end', async () => {
  const client = await clientOf(await serve({ script: fox }));
  const chunks = [];
  const stream = client.stream({ ...request, stream_options: { include_usage: true } });
  for await (const chunk of stream) chunks.push(chunk);
  expect(chunks.flatMap(({ choices }) => choices.map(({ text }) => text)).join('')).toBe(' a fox');
  expect(chunks.at(-1)).toMatchObject({ choices: [], usage: { total_tokens: 4 } });
});

test('`stream` is what the method says, whatever an untyped request has', async () => {
  const client = await clientOf(await serve({ script: fox }));
  const { choices } = await client.complete({ ...request, ...{ stream: true } });
  expect(choices[0]!.text).toBe(' a fox');
  expect(await textOf(client.stream({ ...request, ...{ stream: false } }))).toBe(' a fox');
});

test('models, tokens and their text', async () => {
  const client = await clientOf(await serve());
  expect((await client.models()).map(({ id }) => id)).toEqual(['storyteller']);
  const { tokens } = await client.tokenize({ prompt: 'Once upon a time' });
  expect(tokens).toEqual(says('Once upon a time'));
  expect(await client.detokenize({ tokens })).toEqual({ prompt: 'Once upon a time' });
});

test('a chat, whole and streamed', async () => {
  const client = await clientOf(await serveEverything(), 'a-key-of-a-client');
  const chat = { messages: [{ role: 'user', content: 'Who are you?' }], max_tokens: 4 } as const;
  const whole = await client.chat(chat);
  let text = '';
  for await (const { choices } of client.streamChat(chat)) text += choices[0]!.delta.content ?? '';
  expect(whole.choices[0]!.message.content).toBe(text);
  expect(text).not.toBe('');
});

test.each(['', '/', '/v1', '/v1/'])('an address may end with "%s"', async (end) => {
  const url = (await listen(await serve({ script: fox }))) + end;
  expect(await textOf(createClient(url).stream(request))).toBe(' a fox');
});

test('an address may have a path', async () => {
  const asked: string[] = [];
  const url = await anything(({ url }, response) => {
    asked.push(url!);
    response.setHeader('content-type', 'application/json').end('{"object":"list","data":[]}');
  });
  await createClient(`${url}/llm/`).models();
  await createClient(new URL('/a/b/v1', url)).models();
  expect(asked).toEqual(['/llm/v1/models', '/a/b/v1/models']);
});

test.each([
  ['whole', (client: Client, body: object) => client.complete(body)],
  ['a stream', (client: Client, body: object) => textOf(client.stream(body))],
])('a refusal has all that the server says: %s', async (_, ask) => {
  const server = await serve({ pace: 'manual', capacity: 1 }, { apiKeys: ['right'] });
  const url = await listen(server);
  const client = createClient(url, { apiKey: 'right', headers: { 'x-request-id': 'mine' } });
  expect(await failure(ask(client, { ...request, temperature: 3 }))).toMatchObject({
    status: 400,
    code: 'invalid_value',
    type: 'invalid_request_error',
    param: 'temperature',
    message: 'temperature must be a number from 0 to 2, got 3',
    retryAfter: null,
    requestId: 'mine',
  });
  for (const [apiKey, code] of [
    [undefined, 'missing_api_key'],
    ['wrong', 'invalid_api_key'],
  ] as const) {
    expect(await failure(ask(createClient(url, { apiKey }), request))).toMatchObject({
      status: 401,
      code,
    });
  }
  expect(await failure(ask(client, { ...request, n: 2 }))).toMatchObject({
    status: 429,
    code: 'queue_full',
    type: 'rate_limit_error',
    retryAfter: 1,
  });
  await server.app.drain();
  expect(await failure(ask(client, request))).toMatchObject({
    status: 503,
    code: 'draining',
    retryAfter: 1,
  });
});

test('a failure in the middle of a stream comes after what was generated', async () => {
  const server = await serve({ pace: 'manual', script: () => says(' a') });
  const client = await clientOf(server);
  const stream = client.stream(request);
  const first = stream.next();
  await server.engine.untilOpen(1);
  server.engine.step();
  expect((await first).value!.choices[0]!.text).toBe(' a');
  server.engine.failStep('out of memory');
  expect(await failure(stream.next())).toMatchObject({
    code: 'step_failed',
    status: 500,
    type: 'server_error',
    message: 'out of memory',
  });
  expect((await stream.next()).done).toBe(true);
});

test('nothing is sent before the first chunk is asked for', async () => {
  const server = await serve();
  const client = await clientOf(server);
  const stream = client.stream({ temperature: 99 });
  await stream.return();
  expect((await stream.next()).done).toBe(true);
  const { body } = await server.app.inject('/metrics');
  expect(body).not.toContain('kvasir:rejected_total{reason="invalid_value"');
});

test('leaving the loop ends the work at the server', async () => {
  const server = await serve({ pace: 'manual', script: () => says(' a') });
  const client = await clientOf(server);
  void server.engine.untilOpen(1).then(() => server.engine.step());
  for await (const chunk of client.stream(request)) {
    expect(chunk.choices[0]!.text).toBe(' a');
    break;
  }
  await server.engine.untilOpen(0);
  expect(server.engine.aborted).toHaveLength(1);
});

test.each([
  ['a whole answer', (client: Client, signal: AbortSignal) => client.complete(request, { signal })],
  ['a stream', (client: Client, signal: AbortSignal) => client.stream(request, { signal }).next()],
])('a signal ends %s, at the server, too', async (_, ask) => {
  const server = await serve({ pace: 'manual' });
  const client = await clientOf(server);
  const controller = new AbortController();
  const reason = new Error('enough');
  const asked = ask(client, controller.signal);
  await server.engine.untilOpen(1);
  controller.abort(reason);
  await expect(asked).rejects.toBe(reason);
  await server.engine.untilOpen(0);
  await expect(ask(client, controller.signal)).rejects.toBe(reason);
});

test('a signal ends a stream between two chunks', async () => {
  const server = await serve({ pace: 'manual', script: () => says(' a') });
  const client = await clientOf(server);
  const controller = new AbortController();
  const stream = client.stream(request, { signal: controller.signal });
  const first = stream.next();
  await server.engine.untilOpen(1);
  server.engine.step();
  await first;
  const reason = new Error('enough');
  controller.abort(reason);
  await expect(stream.next()).rejects.toBe(reason);
  await server.engine.untilOpen(0);
});

test('a server that is not there', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  const error = await failure(createClient(`http://127.0.0.1:${port}`).complete(request));
  expect(error).toMatchObject({ code: 'connection_failed', status: null });
  expect(error.message).toContain(`cannot reach http://127.0.0.1:${port}: connect ECONNREFUSED`);
});

test('a stream that breaks off', async () => {
  const url = await anything((_, response) => {
    response.setHeader('content-type', 'text/event-stream');
    response.write('data: {"choices":[{"text":"a"}]}\n\n', () => response.destroy());
  });
  const stream = createClient(url).stream(request);
  await stream.next();
  expect(await failure(stream.next())).toMatchObject({ code: 'connection_lost', status: null });
});

test('a stream that ends before its end', async () => {
  const url = await anything((_, response) => {
    response.setHeader('content-type', 'text/event-stream').end('data: {"choices":[]}\n\n');
  });
  expect(await failure(textOf(createClient(url).stream(request)))).toMatchObject({
    code: 'connection_lost',
  });
});

test.each([
  ['an error of something between', 502, 'text/html', '<h1>Bad Gateway</h1>'],
  ['a page instead of an answer', 200, 'text/html', '<h1>Welcome</h1>'],
  ['an event that is no JSON', 200, 'text/event-stream', 'data: <h1>\n\n'],
])('%s is no answer of Kvasir', async (_, status, type, body) => {
  const url = await anything((_, response) => {
    response.writeHead(status, { 'content-type': type }).end(body);
  });
  const client = createClient(url);
  for (const asked of [client.complete(request), textOf(client.stream(request))]) {
    expect(await failure(asked)).toMatchObject({ code: 'unexpected_answer' });
  }
});

test('a slow reader slows down the server, and its own memory stays empty', async () => {
  const event = `data: {"choices":[],"pad":"${'x'.repeat(64 * 1024)}"}\n\n`;
  let written = 0;
  const url = await anything((_, response) => {
    response.setHeader('content-type', 'text/event-stream');
    const fill = () => {
      while (written < 1000) {
        written++;
        if (!response.write(event)) break;
      }
      if (written === 1000) response.end('data: [DONE]\n\n');
      else response.once('drain', fill);
    };
    fill();
  });
  const stream = createClient(url).stream(request);
  await stream.next();
  // Time enough for one who reads ahead to have all of it.
  for (let turns = 0; turns < 5000; turns++) await turn();
  expect(written).toBeLessThan(500);
  let count = 1;
  for await (const _ of stream) count++;
  expect(count).toBe(1000);
});
