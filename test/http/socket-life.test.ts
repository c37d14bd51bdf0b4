// How sockets end that nobody cancels: peers that are gone, that do not read, and engines that stop.

import { once } from 'node:events';
import { expect, test } from 'vitest';
import { complete, serve, turn } from './harness.ts';
import { openSocket } from './socket-client.ts';

const settings = { socketPingMs: 10_000 };

test('a peer that answers pings stays', async () => {
  const server = await serve({}, settings);
  const client = await openSocket(server);
  for (let count = 0; count < 3; count++) {
    const pinged = once(client.socket, 'ping');
    const [serverSide] = server.app.websocketServer.clients;
    const answered = once(serverSide!, 'pong');
    server.time.pass(10_000);
    await Promise.all([pinged, answered]);
  }
  expect(client.socket.readyState).toBe(client.socket.OPEN);
});

test('a peer that gives no sign of life is dropped, and what it had open ends', async () => {
  const server = await serve({ pace: 'manual' }, settings);
  const client = await openSocket(server);
  client.send({ type: 'completion.create', id: 'a' });
  await server.engine.untilOpen(1);
  client.socket.pause();
  const [serverSide] = server.app.websocketServer.clients;
  const closed = once(serverSide!, 'close');
  server.time.pass(10_000);
  expect(server.engine.openCount).toBe(1);
  server.time.pass(10_000);
  await closed;
  await server.engine.untilOpen(0);
  expect(server.time.timerCount).toBe(0);
});

test('frames are a sign of life, too', async () => {
  const server = await serve({}, settings);
  const client = await openSocket(server, { autoPong: false });
  for (let count = 0; count < 3; count++) {
    client.send('{}');
    await client.next();
    server.time.pass(10_000);
  }
  await turn();
  expect(client.socket.readyState).toBe(client.socket.OPEN);
});

test('a socket that closes leaves no timer', async () => {
  const server = await serve({}, settings);
  const client = await openSocket(server);
  expect(server.time.timerCount).toBe(1);
  const [serverSide] = server.app.websocketServer.clients;
  client.socket.close();
  await once(serverSide!, 'close');
  expect(server.time.timerCount).toBe(0);
});

test('when the engine stops, every completion is told, and then the socket closes', async () => {
  const server = await serve({ pace: 'manual' });
  const client = await openSocket(server);
  for (const id of ['a', 'b']) client.send({ type: 'completion.create', id });
  await server.engine.untilOpen(2);
  const closed = client.closed();
  server.engine.stop('it broke');
  const told = [await client.next(), await client.next()];
  expect(told.map(({ id, error }) => [id, error.code]).toSorted()).toEqual([
    ['a', 'engine_stopped'],
    ['b', 'engine_stopped'],
  ]);
  expect(await closed).toEqual({ code: 1011, reason: 'the engine stopped' });
});

test('a socket whose answers are not read is closed for that', async () => {
  const server = await serve();
  const client = await openSocket(server);
  client.socket.pause();
  const [serverSide] = server.app.websocketServer.clients;
  const closed = once(serverSide!, 'close');
  const bad = JSON.stringify({ type: 'completion.create', id: 'a', temperature: 'x'.repeat(60) });
  while (serverSide!.readyState === serverSide!.OPEN) {
    for (let count = 0; count < 1000; count++) client.send(bad);
    await turn();
  }
  client.socket.resume();
  // A reset may overtake the close frame: the client was still sending.
  expect([1006, 1008]).toContain((await client.closed()).code);
  await closed;
});

test('open sockets are counted', async () => {
  const server = await serve();
  const count = async () =>
    /^kvasir:open_sockets\{.*\} (\d+)$/m.exec((await server.app.inject('/metrics')).body)?.[1];
  const client = await openSocket(server);
  expect(await count()).toBe('1');
  const [serverSide] = server.app.websocketServer.clients;
  client.socket.close();
  await once(serverSide!, 'close');
  expect(await count()).toBe('0');
});

test('a slow reader of one socket holds up nobody else', async () => {
  const server = await serve({ pace: 'manual', contextLength: 100_000, script: () => [64] });
  const client = await openSocket(server);
  client.send({ type: 'completion.create', id: 'a', max_tokens: 90_000 });
  await server.engine.untilOpen(1);
  client.socket.pause();
  const other = complete(server.app, { max_tokens: 2000 });
  await server.engine.untilOpen(2);
  for (let count = 0; count < 2000; count++) server.engine.step();
  expect((await other).json().usage.completion_tokens).toBe(2000);
});
