// The client's connections against a listening server: completions beside each other, cancelled,
// refused, and what becomes of them when the connection is lost.

import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { type Client, type Connection, createClient, KvasirError } from '../../client/client.ts';
import { listen, says, serve, type TestServer } from '../http/harness.ts';
import { endOfText } from '../http/scripted-engine.ts';

const fox = () => [...says(' a fox'), endOfText];
const request = { prompt: 'Once', max_tokens: 8 } as const;

async function clientOf(server: TestServer, apiKey?: string): Promise<Client> {
  return createClient(await listen(server), { apiKey, WebSocket });
}

async function connectTo(server: TestServer): Promise<Connection> {
  const connection = await (await clientOf(server)).connect();
  onTestFinished(() => connection.close());
  return connection;
}

async function textOf(chunks: AsyncIterable<{ choices: readonly { text: string }[] }>) {
  let text = '';
  for await (const { choices } of chunks) for (const choice of choices) text += choice.text;
  return text;
}

async function failure(promise: Promise<unknown>): Promise<KvasirError> {
  const error = await promise.then(
    () => null,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(KvasirError);
  return error;
}

/** A server that lets the test speak for it, once somebody has come. */
async function puppet(): Promise<{ url: string; peer: Promise<WebSocket> }> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => {
    for (const socket of server.clients) socket.terminate();
    server.close();
  });
  await new Promise((resolve) => server.once('listening', resolve));
  const peer = new Promise<WebSocket>((resolve) => server.once('connection', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, peer };
}

test('many completions share a connection, each with its own text and counts', async () => {
  const words = [' a', ' fox', ' and', ' a', ' hen'];
  const script = (_: unknown, index: number) => [...says(words.slice(index).join('')), endOfText];
  const connection = await connectTo(await serve({ script }));
  const generations = words.map(() => connection.stream(request));
  expect(connection.openCount).toBe(words.length);
  const texts = await Promise.all(generations.map(textOf));
  expect(texts).toEqual(words.map((_, index) => words.slice(index).join('')));
  expect(generations.map(({ usage }) => usage?.completion_tokens)).toEqual([6, 5, 4, 3, 2]);
  expect(new Set(generations.map(({ id }) => id)).size).toBe(words.length);
  expect(connection.openCount).toBe(0);
});

test('chunks are those of a stream, under the id of the generation', async () => {
  const connection = await connectTo(await serve({ script: fox }));
  const generation = connection.stream(request);
  const { value } = await generation.next();
  expect(value).toMatchObject({
    id: generation.id,
    object: 'text_completion',
    model: 'storyteller',
  });
  expect(value).not.toHaveProperty('type');
});

test('a cancelled completion ends with what had been generated, and the others go on', async () => {
  const server = await serve({ pace: 'manual', script: fox });
  const connection = await connectTo(server);
  const [one, other] = [connection.stream(request), connection.stream(request)];
  await server.engine.untilOpen(2);
  server.engine.step();
  const first = await one.next();
  one.cancel();
  one.cancel();
  await server.engine.untilOpen(1);
  expect(first.value!.choices[0]!.text).toBe(' a');
  expect(await textOf(one)).toBe('');
  expect(one).toMatchObject({ isCancelled: true, usage: { completion_tokens: 1 } });
  server.engine.step();
  server.engine.step();
  expect(await textOf(other)).toBe(' a fox');
  expect(other.isCancelled).toBe(false);
});

test('leaving the loop cancels', async () => {
  const server = await serve({ pace: 'manual', script: fox });
  const connection = await connectTo(server);
  void server.engine.untilOpen(1).then(() => server.engine.step());
  const generation = connection.stream(request);
  for await (const _ of generation) break;
  await server.engine.untilOpen(0);
  expect(server.engine.aborted).toHaveLength(1);
  expect((await generation.next()).done).toBe(true);
});

test('a signal ends its completion alone, with its reason', async () => {
  const server = await serve({ pace: 'manual', script: fox });
  const connection = await connectTo(server);
  const controller = new AbortController();
  const { signal } = controller;
  const asked = connection.stream(request, { signal }).next();
  const other = connection.stream(request);
  await server.engine.untilOpen(2);
  const reason = new Error('enough');
  controller.abort(reason);
  await expect(asked).rejects.toBe(reason);
  await server.engine.untilOpen(1);
  for (let step = 0; step < 3; step++) server.engine.step();
  expect(await textOf(other)).toBe(' a fox');
  await expect(connection.stream(request, { signal }).next()).rejects.toBe(reason);
  expect(connection.openCount).toBe(0);
});

test('a refusal is told to the reader, and the connection goes on', async () => {
  const connection = await connectTo(await serve({ script: fox }));
  expect(await failure(textOf(connection.stream({ ...request, temperature: 3 })))).toMatchObject({
    status: 400,
    code: 'invalid_value',
    param: 'temperature',
    retryAfter: null,
  });
  expect(await textOf(connection.stream(request))).toBe(' a fox');
});

test('more completions than the server lets on a connection are refused', async () => {
  const server = await serve({ pace: 'manual' }, { maxSocketRequests: 1 });
  const connection = await connectTo(server);
  const first = connection.stream(request);
  const error = await failure(connection.stream(request).next());
  expect(error).toMatchObject({ status: 429, code: 'too_many_requests' });
  first.cancel();
});

test('a completion that nobody reads harms nobody', async () => {
  const connection = await connectTo(await serve({ script: fox }));
  connection.stream({ ...request, temperature: 3 });
  expect(await textOf(connection.stream(request))).toBe(' a fox');
});

test('a lost connection fails all that is open, and what is asked for later', async () => {
  const { url, peer } = await puppet();
  const connection = await createClient(url, { WebSocket }).connect();
  const generations = [connection.stream(request), connection.stream(request)];
  const asked = generations.map((generation) => failure(generation.next()));
  (await peer).terminate();
  for (const error of await Promise.all(asked)) {
    expect(error).toMatchObject({ code: 'connection_lost', status: null });
    expect(error.message).toBe('the connection was lost (1006)');
  }
  expect((await connection.closed).code).toBe('connection_lost');
  expect((await failure(connection.stream(request).next())).code).toBe('connection_lost');
});

test('what had arrived before the connection was lost can still be read', async () => {
  const { url, peer } = await puppet();
  const connection = await createClient(url, { WebSocket }).connect();
  const generation = connection.stream(request);
  const socket = await peer;
  socket.send(`{"type":"completion.chunk","id":"${generation.id}","choices":[{"text":"a"}]}`);
  socket.close(1001, 'the server is stopping');
  const { message } = await connection.closed;
  expect(message).toBe('the connection was lost (1001, the server is stopping)');
  expect((await generation.next()).value!.choices[0]!.text).toBe('a');
  expect((await failure(generation.next())).message).toBe(message);
  expect((await generation.next()).done).toBe(true);
});

test('a server that stops says so', async () => {
  const server = await serve({ pace: 'manual' });
  const connection = await connectTo(server);
  const asked = failure(connection.stream(request).next());
  await server.engine.untilOpen(1);
  const drained = server.app.drain();
  server.time.pass(60_000);
  expect(await asked).toMatchObject({ code: 'draining', status: 503 });
  server.time.pass(60_000);
  await drained;
});

test('frames that are none end the connection', async () => {
  const { url, peer } = await puppet();
  const connection = await createClient(url, { WebSocket }).connect();
  const asked = failure(connection.stream(request).next());
  (await peer).send('{');
  expect((await asked).code).toBe('unexpected_answer');
});

test('closing a connection ends its completions, here and at the server', async () => {
  const server = await serve({ pace: 'manual' });
  const connection = await connectTo(server);
  const asked = failure(connection.stream(request).next());
  await server.engine.untilOpen(1);
  connection.close();
  expect((await asked).code).toBe('connection_closed');
  expect((await connection.closed).code).toBe('connection_closed');
  await server.engine.untilOpen(0);
});

test('a key of any characters opens a connection, and another one does not', async () => {
  const key = '(!a)%"<k>;=\\{}';
  const server = await serve({ script: fox }, { apiKeys: [key] });
  const url = await listen(server);
  const connection = await createClient(url, { apiKey: key, WebSocket }).connect();
  expect(await textOf(connection.stream(request))).toBe(' a fox');
  connection.close();
  for (const [apiKey, code] of [
    [undefined, 'missing_api_key'],
    ['wrong', 'invalid_api_key'],
  ] as const) {
    const refused = createClient(url, { apiKey, WebSocket }).connect();
    expect(await failure(refused)).toMatchObject({ status: 401, code });
  }
});

test('where there is no WebSocket, it is said what to do', async () => {
  const client = createClient(await listen(await serve()));
  // Node has one of its own from version 22.
  const isMissing = !('WebSocket' in globalThis);
  const opened = client.connect().then(
    (connection) => connection.close(),
    (error) => error.message,
  );
  expect(await opened).toEqual(isMissing ? expect.stringContaining('package ws') : undefined);
});

test('a signal ends the attempt to connect', async () => {
  const client = await clientOf(await serve());
  const reason = new Error('enough');
  await expect(client.connect({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  const controller = new AbortController();
  const opening = client.connect({ signal: controller.signal });
  controller.abort(reason);
  await expect(opening).rejects.toBe(reason);
});
