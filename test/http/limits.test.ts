// How many requests may be open, how long each may wait, and how long it may take.

import { expect, test } from 'vitest';
import { complete, says, serve, turn } from './harness.ts';
import { openSocket } from './socket-client.ts';

const manual = { pace: 'manual', script: () => says(' a') } as const;

test('more requests than may be open are turned away, until one has ended', async () => {
  const { app, engine } = await serve(manual, { maxOpenRequests: 2 });
  const open = [complete(app, { max_tokens: 1 }), complete(app, { max_tokens: 2 })];
  await engine.untilOpen(2);
  const refused = await complete(app, {});
  expect(refused.statusCode).toBe(429);
  expect(refused.headers['retry-after']).toBe('1');
  expect(refused.json().error).toMatchObject({
    type: 'rate_limit_error',
    code: 'too_many_requests',
  });
  expect(engine.submitted).toHaveLength(2);
  engine.step();
  await open[0];
  const next = complete(app, { max_tokens: 1 });
  await engine.untilOpen(2);
  engine.step();
  expect((await next).statusCode).toBe(200);
  await open[1];
});

test('a refused request leaves no trace in the count', async () => {
  const { app, engine } = await serve(manual, { maxOpenRequests: 1 });
  for (let count = 0; count < 3; count++) await complete(app, { n: 0 });
  const open = complete(app, { max_tokens: 1 });
  await engine.untilOpen(1);
  engine.step();
  expect((await open).statusCode).toBe(200);
});

test('a request that has not had its turn in time ends, and may be tried again', async () => {
  const { app, engine, time } = await serve(manual, { queueTimeoutMs: 5000 });
  const whole = complete(app, {});
  const stream = complete(app, { stream: true });
  await engine.untilOpen(2);
  time.pass(4999);
  await turn();
  expect(engine.openCount).toBe(2);
  time.pass(1);
  expect((await whole).statusCode).toBe(503);
  expect((await whole).headers['retry-after']).toBe('1');
  expect((await whole).json().error.code).toBe('queue_timeout');
  expect((await stream).body).toMatch(/"code":"queue_timeout".*\n\ndata: \[DONE\]\n\n$/);
  expect(engine.openCount).toBe(0);
  expect(time.timerCount).toBe(0);
});

test('a request that has had its turn may take its time', async () => {
  const { app, engine, time } = await serve(manual, { queueTimeoutMs: 5000 });
  const whole = complete(app, { max_tokens: 2 });
  await engine.untilOpen(1);
  engine.step();
  time.pass(60_000);
  engine.step();
  expect((await whole).statusCode).toBe(200);
});

test('a request that takes too long ends with an error that is not to be tried again', async () => {
  const { app, engine, time } = await serve(manual, { requestTimeoutMs: 8000 });
  const whole = complete(app, { max_tokens: 9 });
  const stream = complete(app, { max_tokens: 9, stream: true });
  await engine.untilOpen(2);
  engine.step();
  time.pass(7999);
  await turn();
  expect(engine.openCount).toBe(2);
  time.pass(1);
  expect((await whole).statusCode).toBe(504);
  expect((await whole).headers['x-should-retry']).toBe('false');
  expect((await whole).json().error.code).toBe('request_timeout');
  const events = (await stream).body.split('\n\n');
  expect(events[0]).toContain('" a"');
  expect(events.at(-3)).toContain('"code":"request_timeout"');
  expect(events.at(-2)).toBe('data: [DONE]');
  expect(time.timerCount).toBe(0);
});

test('a completion on a socket has the same limits, and the socket goes on', async () => {
  const server = await serve(manual, { requestTimeoutMs: 8000 });
  const client = await openSocket(server);
  client.send({ type: 'completion.create', id: 'a' });
  await server.engine.untilOpen(1);
  server.time.pass(8000);
  expect(await client.next()).toMatchObject({ id: 'a', error: { code: 'request_timeout' } });
  client.send({ type: 'completion.create', id: 'a', max_tokens: 1 });
  await server.engine.untilOpen(1);
  server.engine.step();
  expect((await client.untilEnd('a')).at(-1).type).toBe('completion.done');
});

test('what ends in time leaves no timer behind', async () => {
  const limits = { requestTimeoutMs: 8000, queueTimeoutMs: 5000 };
  const { app, engine, time } = await serve(manual, limits);
  const whole = complete(app, { max_tokens: 1 });
  await engine.untilOpen(1);
  expect(time.timerCount).toBe(2);
  engine.step();
  await whole;
  expect(time.timerCount).toBe(0);
});

test('one socket may have so many completions open, and others have their own', async () => {
  const server = await serve(manual, { maxSocketRequests: 2 });
  const client = await openSocket(server);
  for (const id of ['a', 'b', 'c']) {
    client.send({ type: 'completion.create', id, max_tokens: 1 });
  }
  expect(await client.next()).toMatchObject({ id: 'c', error: { code: 'too_many_requests' } });
  await server.engine.untilOpen(2);
  server.engine.step();
  await client.untilEnd('a');
  client.send({ type: 'completion.create', id: 'd', max_tokens: 1 });
  await server.engine.untilOpen(1);
  server.engine.step();
  expect((await client.untilEnd('d')).at(-1).type).toBe('completion.done');
});
