// Requests that ask for an upgrade we do not make are answered as if they had not asked.

import { once } from 'node:events';
import { createConnection } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { listen, says, serve } from './harness.ts';

const askingForH2c =
  'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n';

async function exchange(...writes: readonly string[]): Promise<string[]> {
  const server = await serve({ script: () => says(' a') });
  const socket = createConnection(Number(new URL(await listen(server)).port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.setEncoding('utf8');
  const answers: string[] = [];
  for (const write of writes) {
    socket.write(write);
    const [answer] = await once(socket, 'data');
    answers.push(answer);
  }
  return answers;
}

function post(body: string): string {
  return (
    `POST /v1/completions HTTP/1.1\r\nHost: localhost\r\n${askingForH2c}` +
    `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  );
}

test('a POST that asks for h2c is answered, and so is the next on its connection', async () => {
  const answers = await exchange(post('{"max_tokens":2}'), post('{"max_tokens":1}'));
  expect(answers[0]).toMatch(/^HTTP\/1\.1 200 OK\r\n.*" a a"/s);
  expect(answers[1]).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
});

test('a body that comes after its head is read', async () => {
  const [head, body] = post('{"max_tokens":2}').split('\r\n\r\n');
  const server = await serve({ script: () => says(' a') });
  const socket = createConnection(Number(new URL(await listen(server)).port), '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.write(`${head}\r\n\r\n`);
  await once(server.app.server, 'upgrade');
  socket.write(body!);
  expect(String((await once(socket, 'data'))[0])).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
});

test('a GET that asks for h2c is answered', async () => {
  const [answer] = await exchange(`GET /health HTTP/1.1\r\nHost: localhost\r\n${askingForH2c}\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
});

test('the guard is not got around by asking', async () => {
  const [answer] = await exchange(
    `GET /health HTTP/1.1\r\nHost: evil.example\r\n${askingForH2c}\r\n`,
  );
  expect(answer).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/);
});
