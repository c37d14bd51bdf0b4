// Clients that leave, and clients that read slowly, over real sockets: nothing is generated for nobody,
// and nobody's slowness costs more than the ids that wait.

import { once } from 'node:events';
import http from 'node:http';
import { createConnection, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { complete, listen, says, serve, type TestServer, turn } from './harness.ts';
import { endOfText } from './scripted-engine.ts';

async function connect(server: TestServer): Promise<Socket> {
  const socket = createConnection(Number(new URL(await listen(server)).port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  return socket;
}

function post(body: object): string {
  const json = JSON.stringify(body);
  return (
    'POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n' +
    `Content-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`
  );
}

async function outcomes({ app }: TestServer): Promise<Record<string, number>> {
  const { body } = await app.inject('/metrics');
  const lines = body.matchAll(/kvasir:requests_total\{outcome="(\w+)".*\} (\d+)/g);
  return Object.fromEntries([...lines].map(([, outcome, count]) => [outcome, Number(count)]));
}

test.each([
  ['a stream', { stream: true }],
  ['a whole answer', { stream: false }],
  ['a stream of several choices', { stream: true, n: 3, prompt: ['A', 'B'] }],
])('a client that leaves while %s is generated ends its sequences', async (_, body) => {
  const server = await serve({ pace: 'manual', script: () => says(' a') });
  const socket = await connect(server);
  socket.write(post(body));
  await server.engine.untilOpen('n' in body ? 6 : 1);
  server.engine.step();
  socket.destroy();
  await server.engine.untilOpen(0);
  expect(server.engine.aborted).toHaveLength('n' in body ? 6 : 1);
});

test('a client that leaves before the first token ends its sequence', async () => {
  const server = await serve({ pace: 'manual' });
  const socket = await connect(server);
  socket.write(post({ stream: true }));
  await server.engine.untilOpen(1);
  socket.destroy();
  await server.engine.untilOpen(0);
});

test('a client that leaves with a request in the pipeline ends that one, too', async () => {
  const server = await serve({ pace: 'manual' });
  const socket = await connect(server);
  socket.write(post({ stream: true }) + post({ stream: true }) + post({}));
  await server.engine.untilOpen(3);
  socket.destroy();
  await server.engine.untilOpen(0);
  expect(server.engine.aborted).toHaveLength(3);
});

test('a client that stays is not taken for one that left, request after request', async () => {
  const server = await serve({ script: () => [...says(' a'), endOfText] });
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  const url = new URL('/v1/completions', await listen(server));
  for (let count = 0; count < 15; count++) {
    const request = http.request(url, {
      agent,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    request.end(JSON.stringify({ stream: count % 2 === 0 }));
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    response.resume();
    await once(response, 'end');
  }
  expect(server.engine.aborted).toEqual([]);
  expect(await outcomes(server)).toMatchObject({ ok: 15, aborted: 0 });
});

test('a request that was aborted is counted as such', async () => {
  const server = await serve({ pace: 'manual' });
  const socket = await connect(server);
  socket.write(post({ stream: true }));
  await server.engine.untilOpen(1);
  socket.destroy();
  await server.engine.untilOpen(0);
  await turn();
  expect(await outcomes(server)).toMatchObject({ ok: 0, aborted: 1 });
});

/** Generates until the client, which does not read, holds up its stream. */
async function generateUntilFull(server: TestServer, socket: Socket): Promise<number> {
  const request = once(server.app.server, 'request');
  socket.pause();
  socket.write(post({ stream: true, max_tokens: 900_000 }));
  const [, response] = (await request) as [unknown, http.ServerResponse];
  await server.engine.untilOpen(1);
  let stepCount = 0;
  while (!response.writableNeedDrain) {
    server.engine.step();
    stepCount++;
    await turn();
  }
  return stepCount;
}

test('what is generated while a client does not read is sent as one chunk', async () => {
  const server = await serve({
    pace: 'manual',
    contextLength: 1_000_000,
    script: () => says(' a'),
  });
  const socket = await connect(server);
  const before = await generateUntilFull(server, socket);
  for (let count = 0; count < 5000; count++) server.engine.step();
  await turn();
  let received = '';
  socket.setEncoding('utf8').on('data', (piece) => {
    received += piece;
  });
  socket.resume();
  const isLong = () => received.includes(' a'.repeat(5000));
  while (!isLong()) await once(socket, 'data');
  const texts = [...received.matchAll(/"text":"( a[^"]*)"/g)].map(([, text]) => text!);
  expect(texts.join('')).toBe(' a'.repeat(before + 5000));
  expect(texts.at(-1)).toBe(' a'.repeat(5000));
});

test('a client that does not read and leaves ends its sequence', async () => {
  const server = await serve({
    pace: 'manual',
    contextLength: 1_000_000,
    script: () => says(' a'),
  });
  const socket = await connect(server);
  await generateUntilFull(server, socket);
  socket.destroy();
  await server.engine.untilOpen(0);
  expect(server.engine.aborted).toEqual([0]);
});

test('inject, too, gets whole answers', async () => {
  const server = await serve({ script: () => says(' a') });
  const response = await complete(server.app, { max_tokens: 2 });
  expect(response.json().choices[0].text).toBe(' a a');
  expect(await outcomes(server)).toMatchObject({ ok: 1, aborted: 0 });
});
