// The server as part of another fastify app, below a path: all of it is there, and nothing else of the
// app is changed.

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createConnection } from 'node:net';
import websocket from '@fastify/websocket';
import fastify, { type FastifyInstance } from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createClient } from '../../client/client.ts';
import { LoadedModel } from '../../src/library/loaded-model.ts';
import { kvasir } from '../../src/library/server.ts';
import { says, tokenizer } from './harness.ts';
import { endOfText, ScriptedEngine, type ScriptedOptions } from './scripted-engine.ts';

const fox = () => [...says(' a fox'), endOfText];
const request = { prompt: 'Once', max_tokens: 8 } as const;

function modelOf(scripted: ScriptedOptions = {}) {
  const engine = new ScriptedEngine({ script: fox, ...scripted });
  const limits = { maxRunning: 32, maxQueue: 512 };
  return { engine, model: new LoadedModel(engine, tokenizer, 'storyteller', limits) };
}

function host(): FastifyInstance {
  const app = fastify({ forceCloseConnections: true });
  onTestFinished(() => app.close());
  return app;
}

async function listen(app: FastifyInstance): Promise<string> {
  await app.listen({ host: '127.0.0.1', port: 0 });
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
}

async function textOf(chunks: AsyncIterable<{ choices: readonly { text: string }[] }>) {
  let text = '';
  for await (const { choices } of chunks) for (const choice of choices) text += choice.text;
  return text;
}

test('its routes are below the path, and only there', async () => {
  const app = host();
  app.get('/', async () => 'the app');
  app.post('/echo', async ({ body }) => body);
  await app.register(kvasir, { prefix: '/llm', model: modelOf().model });
  const status = async (url: string) => (await app.inject(url)).statusCode;
  expect(await status('/llm/health')).toBe(200);
  expect(await status('/llm/ready')).toBe(200);
  expect(await status('/llm/v1/models')).toBe(200);
  expect(await status('/health')).toBe(404);
  expect((await app.inject('/')).body).toBe('the app');
  // The app's own parser, limits, errors and headers.
  const echoed = await app.inject({ method: 'POST', url: '/echo', payload: { a: 1 } });
  expect(echoed.json()).toEqual({ a: 1 });
  expect(echoed.headers).not.toHaveProperty('x-request-id');
  expect((await app.inject('/nope')).json()).toHaveProperty('statusCode', 404);
  expect((await app.inject('/llm/nope')).json()).toMatchObject({
    error: { code: 'route_not_found' },
  });
  const wrong = await app.inject('/llm/tokenize');
  expect(wrong.statusCode).toBe(405);
  expect(wrong.headers['allow']).toBe('POST');
});

test('the page is there, at a path that its addresses are below', async () => {
  const app = host();
  await app.register(kvasir, { prefix: '/llm', model: modelOf().model });
  const response = await app.inject('/llm');
  expect(response.statusCode).toBe(308);
  expect(new URL(response.headers['location'] as string, 'http://localhost/llm').pathname).toBe(
    '/llm/',
  );
  // Which is not built wherever this test runs.
  expect([200, 404]).toContain((await app.inject('/llm/')).statusCode);
});

test('clients find everything there', async () => {
  const app = host();
  await app.register(kvasir, { prefix: '/llm', model: modelOf().model });
  const client = createClient(`${await listen(app)}/llm`, { WebSocket });
  expect((await client.complete(request)).choices[0]!.text).toBe(' a fox');
  expect(await textOf(client.stream(request))).toBe(' a fox');
  const connection = await client.connect();
  expect(await textOf(connection.stream(request))).toBe(' a fox');
  connection.close();
});

test('keys are asked for there alone, and not for probes', async () => {
  const app = host();
  app.get('/', async () => 'the app');
  await app.register(kvasir, {
    prefix: '/llm',
    model: modelOf().model,
    apiKeys: ['client'],
    adminKeys: ['operator'],
  });
  const status = async (url: string, key?: string) => {
    const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
    return (await app.inject({ url, headers })).statusCode;
  };
  expect(await status('/')).toBe(200);
  expect(await status('/llm/health')).toBe(200);
  expect(await status('/llm/v1/models')).toBe(401);
  expect(await status('/llm/nope')).toBe(401);
  expect(await status('/llm/v1/models', 'client')).toBe(200);
  const reset = (key: string) =>
    app.inject({
      method: 'POST',
      url: '/llm/admin/prefix-cache/reset',
      headers: { authorization: `Bearer ${key}` },
    });
  expect((await reset('client')).statusCode).toBe(401);
  expect((await reset('operator')).statusCode).toBe(200);
});

test('its document and examples name the path', async () => {
  const app = host();
  await app.register(kvasir, { prefix: '/llm', model: modelOf().model });
  const document = (await app.inject('/llm/openapi.json')).json();
  expect(document.servers).toEqual([{ url: '/llm', description: 'this server' }]);
  expect((await app.inject('/llm/docs')).body).toContain('http://localhost:80/llm/v1/completions');
});

test('its page is asked for with a slash at the end, as what it names begins there', async () => {
  const app = host();
  await app.register(kvasir, { prefix: '/llm', model: modelOf().model });
  const response = await app.inject('/llm');
  expect(response.statusCode).toBe(308);
  expect(response.headers.location).toBe('/llm/');
});

test('requests have names of their own, or those that clients give', async () => {
  const app = host();
  await app.register(kvasir, { prefix: '/llm', model: modelOf().model });
  const post = (headers: Record<string, string>) =>
    app.inject({ method: 'POST', url: '/llm/v1/completions', headers, payload: request });
  const [one, other] = [await post({}), await post({})];
  expect(one.json().id).not.toBe(other.json().id);
  expect((await post({ 'x-request-id': 'mine' })).json().id).toBe('cmpl-mine');
});

test('its own limit of bodies holds there, and the app keeps its own', async () => {
  const app = host();
  app.post('/echo', async () => 'taken');
  await app.register(kvasir, { prefix: '/llm', model: modelOf().model, maxBody: 2000 });
  const post = (url: string) =>
    app.inject({ method: 'POST', url, payload: { prompt: 'x'.repeat(5000) } });
  expect((await post('/llm/v1/completions')).statusCode).toBe(413);
  expect((await post('/echo')).statusCode).toBe(200);
});

test('several models have paths of their own', async () => {
  const app = host();
  const hen = modelOf({ script: () => [...says(' a hen'), endOfText] });
  await app.register(kvasir, { prefix: '/fox', model: modelOf().model });
  await app.register(kvasir, { prefix: '/hen', model: hen.model });
  const url = await listen(app);
  for (const [path, text] of [
    ['fox', ' a fox'],
    ['hen', ' a hen'],
  ]) {
    const connection = await createClient(`${url}/${path}`, { WebSocket }).connect();
    expect(await textOf(connection.stream(request))).toBe(text);
    connection.close();
  }
});

test('an app with sockets of its own keeps them, and lends them', async () => {
  const app = host();
  await app.register(websocket);
  app.get('/chat', { websocket: true }, (socket) => socket.send('hello'));
  await app.register(kvasir, { prefix: '/llm', model: modelOf().model, apiKeys: ['key'] });
  const url = await listen(app);
  const chat = new WebSocket(`${url.replace('http', 'ws')}/chat`);
  onTestFinished(() => chat.terminate());
  expect(String((await once(chat, 'message'))[0])).toBe('hello');
  const connection = await createClient(`${url}/llm`, { apiKey: 'key', WebSocket }).connect();
  expect(await textOf(connection.stream(request))).toBe(' a fox');
  connection.close();
});

test("somebody else's sockets on the same server are left to them", async () => {
  const app = host();
  await app.register(kvasir, { prefix: '/llm', model: modelOf().model });
  const others = new WebSocketServer({ noServer: true });
  app.server.on('upgrade', (raw, socket, head) => {
    if (raw.url === '/chat') {
      others.handleUpgrade(raw, socket, head, (peer) => peer.send('hello'));
    }
  });
  const url = await listen(app);
  const chat = new WebSocket(`${url.replace('http', 'ws')}/chat`);
  onTestFinished(() => chat.terminate());
  expect(String((await once(chat, 'message'))[0])).toBe('hello');
  const connection = await createClient(`${url}/llm`, { WebSocket }).connect();
  expect(await textOf(connection.stream(request))).toBe(' a fox');
  connection.close();
});

test('a socket that nobody takes is answered as the app would without us', async () => {
  const app = host();
  await app.register(kvasir, { prefix: '/llm', model: modelOf().model });
  const { port } = new URL(await listen(app));
  const socket = createConnection(Number(port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.write(
    'GET /chat HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
  );
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 404 Not Found\r\n/);
});

test('closing the app lets what is open end', async () => {
  const app = host();
  const { engine, model } = modelOf({ pace: 'manual' });
  await app.register(kvasir, { prefix: '/llm', model });
  const client = createClient(`${await listen(app)}/llm`);
  const asked = client.complete(request);
  await engine.untilOpen(1);
  const closing = app.close();
  for (let step = 0; step < 3; step++) engine.step();
  expect((await asked).choices[0]!.text).toBe(' a fox');
  await closing;
  // A model that was lent is still there.
  expect(engine.stopped).toBeNull();
});
