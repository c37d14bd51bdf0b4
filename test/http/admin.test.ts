// What an operator can do to a running server.

import { expect, test } from 'vitest';
import { complete, says, serve, type TestServer } from './harness.ts';
import { openSocket } from './socket-client.ts';

const settings = { adminKeys: ['root'] };

function ask({ app }: TestServer, action: string, payload?: object) {
  return app.inject({
    method: 'POST',
    url: `/admin/${action}`,
    headers: { authorization: 'Bearer root' },
    ...(payload === undefined ? {} : { payload }),
  });
}

function working(): Promise<TestServer> {
  return serve({ pace: 'manual', script: () => says(' a') }, settings);
}

test.each(['cmpl-mine', 'mine'])('a request is ended by the name %s, and told so', async (name) => {
  const server = await working();
  const open = server.app.inject({
    method: 'POST',
    url: '/v1/completions',
    headers: { 'x-request-id': 'mine' },
    payload: {},
  });
  const other = complete(server.app, { max_tokens: 1 });
  await server.engine.untilOpen(2);
  expect((await ask(server, 'abort', { request_id: name })).json()).toEqual({ aborted: 1 });
  const { statusCode, headers, json } = await open;
  expect(statusCode).toBe(410);
  expect(headers).not.toHaveProperty('retry-after');
  expect(json().error.code).toBe('request_aborted');
  server.engine.step();
  expect((await other).statusCode).toBe(200);
});

test('a stream that is ended says so, and is over', async () => {
  const server = await working();
  const open = complete(server.app, { stream: true, max_tokens: 9 });
  await server.engine.untilOpen(1);
  server.engine.step();
  await ask(server, 'abort', { request_id: 'name-1' });
  expect((await open).body).toMatch(/"code":"request_aborted".*\n\ndata: \[DONE\]\n\n$/);
  expect(server.engine.openCount).toBe(0);
});

test('all completions of a socket are ended by the name of its request', async () => {
  const server = await working();
  const client = await openSocket(server, { headers: { 'x-request-id': 'socket' } });
  for (const id of ['a', 'b']) client.send({ type: 'completion.create', id });
  await server.engine.untilOpen(2);
  expect((await ask(server, 'abort', { request_id: 'cmpl-socket-a' })).json().aborted).toBe(1);
  expect(await client.next()).toMatchObject({ id: 'a', error: { code: 'request_aborted' } });
  expect((await ask(server, 'abort', { request_id: 'socket' })).json().aborted).toBe(1);
  expect(await client.next()).toMatchObject({ id: 'b', error: { code: 'request_aborted' } });
});

test('what is not open cannot be ended', async () => {
  const server = await working();
  const open = complete(server.app, { max_tokens: 1 });
  await server.engine.untilOpen(1);
  server.engine.step();
  await open;
  const answer = await ask(server, 'abort', { request_id: 'name-1' });
  expect(answer.statusCode).toBe(404);
  expect(answer.json().error).toMatchObject({ code: 'request_not_found', param: 'request_id' });
});

test.each([[{}], [{ request_id: '' }], [{ request_id: 7 }], [{ id: 'a' }]])(
  'to abort %j is refused',
  async (payload) => {
    expect((await ask(await working(), 'abort', payload)).statusCode).toBe(400);
  },
);

test('a server that drains takes nothing new, ends what is open, and goes on answering', async () => {
  const server = await working();
  const open = complete(server.app, { max_tokens: 1 });
  await server.engine.untilOpen(1);
  const drained = await ask(server, 'drain');
  expect(drained.statusCode).toBe(202);
  expect(drained.json()).toEqual({ status: 'draining', open: 1 });
  expect((await complete(server.app, {})).json().error.code).toBe('draining');
  expect((await server.app.inject('/ready')).statusCode).toBe(503);
  server.engine.step();
  expect((await open).statusCode).toBe(200);
  expect((await server.app.inject('/health')).statusCode).toBe(200);
});

test('what the cache keeps of prompts is forgotten when told', async () => {
  const server = await working();
  let forgottenCount = 0;
  server.engine.forgetPrefixes = () => {
    forgottenCount++;
  };
  expect((await ask(server, 'prefix-cache/reset')).json()).toEqual({ status: 'ok' });
  expect(forgottenCount).toBe(1);
});
