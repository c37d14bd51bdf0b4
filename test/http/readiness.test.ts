// When the server says that it would take work. That the process lives is another question.

import { expect, test } from 'vitest';
import { complete, says, serve, type TestServer } from './harness.ts';

async function readiness({ app }: TestServer): Promise<string> {
  const { statusCode, json } = await app.inject('/ready');
  return statusCode === 200 ? 'ready' : json().error.code;
}

async function gauge({ app }: TestServer): Promise<string | undefined> {
  return /^kvasir:ready\{.*\} (\d)$/m.exec((await app.inject('/metrics')).body)?.[1];
}

const settings = { stallTimeoutMs: 30_000 };

test('an engine that has work and does not get on with it is not ready, but alive', async () => {
  const server = await serve({ pace: 'manual', script: () => says(' a') }, settings);
  const open = complete(server.app, { max_tokens: 2 });
  await server.engine.untilOpen(1);
  server.time.pass(29_999);
  expect(await readiness(server)).toBe('ready');
  server.time.pass(1);
  expect(await readiness(server)).toBe('engine_stalled');
  expect(await gauge(server)).toBe('0');
  expect((await server.app.inject('/health')).statusCode).toBe(200);
  server.engine.step();
  expect(await readiness(server)).toBe('ready');
  expect(await gauge(server)).toBe('1');
  server.engine.step();
  await open;
});

test('an engine that gets on, however slowly, is ready', async () => {
  const server = await serve({ pace: 'manual', script: () => says(' a') }, settings);
  const open = complete(server.app, { max_tokens: 5 });
  await server.engine.untilOpen(1);
  for (let count = 0; count < 5; count++) {
    server.time.pass(29_000);
    expect(await readiness(server)).toBe('ready');
    server.engine.step();
  }
  await open;
});

test('an engine that rests is ready for as long as it rests, and has its time after that', async () => {
  const server = await serve({ pace: 'manual', script: () => says(' a') }, settings);
  server.time.pass(1_000_000);
  expect(await readiness(server)).toBe('ready');
  const open = complete(server.app, { max_tokens: 1 });
  await server.engine.untilOpen(1);
  expect(await readiness(server)).toBe('ready');
  server.engine.step();
  await open;
  server.time.pass(1_000_000);
  expect(await readiness(server)).toBe('ready');
});

test('an engine that is gone is not ready, whatever else is wrong', async () => {
  const server = await serve({ pace: 'manual' }, settings);
  server.engine.stop('it broke');
  server.time.pass(1_000_000);
  expect(await readiness(server)).toBe('engine_stopped');
});

test('asking whether it is ready is not counted as being turned away', async () => {
  const server = await serve();
  await server.app.drain();
  await readiness(server);
  const { body } = await server.app.inject('/metrics');
  expect(body).toMatch(/kvasir:rejected_total\{reason="draining".*\} 0\n/);
  await complete(server.app, {});
  const { body: after } = await server.app.inject('/metrics');
  expect(after).toMatch(/kvasir:rejected_total\{reason="draining".*\} 1\n/);
});
