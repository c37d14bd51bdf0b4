// A server that is told to stop: it takes nothing new, lets what is open end, and in the end cuts what
// would not.

import { expect, test } from 'vitest';
import { complete, listen, says, serve, turn } from './harness.ts';
import { openSocket } from './socket-client.ts';

test('new completions are turned away while open ones end', async () => {
  const { app, engine } = await serve({ pace: 'manual', script: () => says(' a') });
  const open = complete(app, { prompt: 'A', max_tokens: 2 });
  await engine.untilOpen(1);
  const drained = app.drain();
  const refused = await complete(app, { prompt: 'A' });
  expect(refused.statusCode).toBe(503);
  expect(refused.headers['retry-after']).toBe('1');
  expect(refused.json().error).toMatchObject({ type: 'server_error', code: 'draining' });
  engine.step();
  engine.step();
  expect((await open).json().choices[0].text).toBe(' a a');
  await drained;
});

test('a server without work is drained at once', async () => {
  const { app, time } = await serve();
  await app.drain();
  expect(time.timerCount).toBe(0);
});

test('draining twice waits for the same end', async () => {
  const { app, engine, time } = await serve({ pace: 'manual', script: () => says(' a') });
  const open = complete(app, { max_tokens: 1 });
  await engine.untilOpen(1);
  const both = Promise.all([app.drain(), app.drain()]);
  engine.step();
  await Promise.all([open, both]);
  expect(time.timerCount).toBe(0);
});

test('when the time is over, open answers end with an error', async () => {
  const { app, engine, time } = await serve(
    { pace: 'manual', script: () => says(' a') },
    { drainTimeoutMs: 5000 },
  );
  const whole = complete(app, { max_tokens: 9 });
  const stream = complete(app, { max_tokens: 9, stream: true });
  await engine.untilOpen(2);
  engine.step();
  const drained = app.drain();
  time.pass(4999);
  await turn();
  expect(engine.openCount).toBe(2);
  time.pass(1);
  await drained;
  expect(engine.openCount).toBe(0);
  expect((await whole).statusCode).toBe(503);
  expect((await whole).json().error.code).toBe('draining');
  const events = (await stream).body.split('\n\n');
  expect(events.at(-3)).toContain('"code":"draining"');
  expect(events.at(-2)).toBe('data: [DONE]');
});

test('completions on sockets end with an error frame when the time is over, and the socket closes', async () => {
  const server = await serve({ pace: 'manual' }, { drainTimeoutMs: 5000 });
  const client = await openSocket(server);
  client.send({ type: 'completion.create', id: 'a' });
  await server.engine.untilOpen(1);
  const drained = server.app.drain();
  client.send({ type: 'completion.create', id: 'b' });
  expect(await client.next()).toMatchObject({ id: 'b', error: { code: 'draining' } });
  server.time.pass(5000);
  expect(await client.next()).toMatchObject({ id: 'a', error: { code: 'draining' } });
  await drained;
  const closed = client.closed();
  await server.app.close();
  expect(await closed).toEqual({ code: 1001, reason: 'the server is stopping' });
});

test('closing without draining ends open streams with an error', async () => {
  const server = await serve({ pace: 'manual', script: () => says(' a') });
  const url = `${await listen(server)}/v1/completions`;
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: '{"stream":true}' });
  const body = response.text();
  await server.engine.untilOpen(1);
  const closed = server.app.close();
  await turn();
  server.time.pass(0);
  expect(await body).toContain('"code":"draining"');
  await closed;
  expect(server.engine.openCount).toBe(0);
});
