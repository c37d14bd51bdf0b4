// The routes besides completions, and what is at none.

import { createConnection } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { complete, listen, serve } from './harness.ts';

test('the one model is listed, with the length of its context', async () => {
  const { app } = await serve();
  const model = {
    id: 'storyteller',
    object: 'model',
    created: 1_750_000_000,
    owned_by: 'kvasir',
    max_model_len: 64,
  };
  const list = await app.inject('/v1/models');
  expect(list.json()).toEqual({ object: 'list', data: [model] });
  expect((await app.inject('/v1/models/storyteller')).json()).toEqual(model);
});

test.each(['/v1/models/mine/gpt2', '/v1/models/mine%2Fgpt2'])(
  'a model whose name has a slash is found at %s',
  async (url) => {
    const { app } = await serve({}, { servedModelName: 'mine/gpt2' });
    expect((await app.inject(url)).json().id).toBe('mine/gpt2');
  },
);

test('a model that is not there is not found', async () => {
  const { app } = await serve();
  const response = await app.inject('/v1/models/gpt-5');
  expect(response.statusCode).toBe(404);
  expect(response.json().error).toMatchObject({ code: 'model_not_found', param: 'model' });
});

test('a server that takes work is healthy and ready', async () => {
  const { app } = await serve();
  expect((await app.inject('/health')).statusCode).toBe(200);
  expect((await app.inject('/ready')).statusCode).toBe(200);
});

test('a server whose engine stopped is healthy and not ready', async () => {
  const { app, engine } = await serve();
  engine.stop('it broke');
  expect((await app.inject('/health')).statusCode).toBe(200);
  const ready = await app.inject('/ready');
  expect(ready.statusCode).toBe(503);
  expect(ready.json().error).toMatchObject({ code: 'engine_stopped' });
});

test('a server that drains is healthy and not ready', async () => {
  const { app } = await serve();
  await app.drain();
  expect((await app.inject('/health')).statusCode).toBe(200);
  const ready = await app.inject('/ready');
  expect(ready.statusCode).toBe(503);
  expect(ready.json().error).toMatchObject({ code: 'draining' });
});

test('metrics are in the format of Prometheus, with what happened so far', async () => {
  const { app } = await serve();
  await complete(app, { prompt: 'Once upon' });
  const response = await app.inject('/metrics');
  expect(response.headers['content-type']).toContain('text/plain; version=0.0.4');
  expect(response.body).toContain(
    'vllm:generation_tokens_total{model_name="storyteller",engine="0"} 1\n',
  );
  expect(response.body).toContain(
    'vllm:prompt_tokens_total{model_name="storyteller",engine="0"} 2\n',
  );
  expect(response.body).toMatch(/kvasir:requests_total\{outcome="ok".*\} 1\n/);
  expect(response.body).toMatch(
    /kvasir:http_responses_total\{route="\/v1\/completions",status="200".*\} 1\n/,
  );
});

test('what is nowhere is not found, in the shape of OpenAI', async () => {
  const { app } = await serve();
  const response = await app.inject({
    method: 'POST',
    url: '/v1/embeddings?x=1',
    payload: {},
  });
  expect(response.statusCode).toBe(404);
  expect(response.json()).toEqual({
    error: {
      message: 'there is nothing at /v1/embeddings',
      type: 'invalid_request_error',
      param: null,
      code: 'route_not_found',
    },
  });
});

test.each([
  ['GET', '/v1/completions', 'POST'],
  ['PUT', '/v1/completions', 'GET, POST'],
  ['POST', '/metrics', 'GET'],
  ['DELETE', '/v1/models', 'GET'],
] as const)('%s %s is the wrong method', async (method, url, allow) => {
  const { app } = await serve();
  const response = await app.inject({ method, url });
  expect(response.statusCode).toBe(405);
  expect(response.headers['allow']).toBe(allow);
  expect(response.json().error).toMatchObject({ code: 'method_not_allowed' });
});

test.each([
  ['PUT', '/v1/models', 405],
  ['QUERY', '/health', 405],
  ['POST', '/nowhere', 404],
] as const)('%s %s is refused before its body is looked at', async (method, url, status) => {
  const { app } = await serve({}, { maxBodyBytes: 1024 });
  const headers = { 'content-type': 'text/plain' };
  const bodies = [{}, { headers, payload: 'x' }, { headers, payload: 'x'.repeat(2000) }];
  for (const body of bodies) {
    const response = await app.inject({ method: method as 'PUT', url, ...body });
    expect(response.statusCode).toBe(status);
  }
});

test('a path that cannot be decoded is refused in the shape of OpenAI', async () => {
  const { app } = await serve();
  const response = await app.inject('/v1/models/%zz');
  expect(response.statusCode).toBe(400);
  expect(response.json().error).toMatchObject({ type: 'invalid_request_error' });
});

test('what is no HTTP at all is answered in the shape of OpenAI', async () => {
  const server = await serve();
  const { port } = new URL(await listen(server));
  const socket = createConnection(Number(port), '127.0.0.1');
  socket.end('HELLO\r\n\r\n');
  const answer = await text(socket);
  expect(answer).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  const { error } = JSON.parse(answer.split('\r\n\r\n')[1]!);
  expect(error).toMatchObject({ type: 'invalid_request_error', code: 'invalid_request' });
});
