// The log: one line for each completion request, with what an operator wants to know of it, and
// without what its author wrote.

import { expect, test } from 'vitest';
import type { AppSettings } from '../../src/app.ts';
import { complete, says, serve, turn } from './harness.ts';
import { openSocket } from './socket-client.ts';

async function logged(settings: Partial<AppSettings> = {}) {
  const lines: Record<string, unknown>[] = [];
  const log = { write: (line: string) => void lines.push(JSON.parse(line)) };
  const server = await serve(
    { pace: 'manual', script: () => says(' a') },
    { logLevel: 'info', ...settings },
    log,
  );
  const completions = () => lines.filter(({ msg }) => msg === 'completion');
  return { ...server, server, lines, completions };
}

test('a completion is told in one line, with its counts and where its time went', async () => {
  const { app, engine, time, lines } = await logged();
  const open = app.inject({
    method: 'POST',
    url: '/v1/completions',
    headers: { 'x-request-id': 'mine' },
    payload: { prompt: 'A secret', max_tokens: 3, n: 2 },
  });
  await engine.untilOpen(2);
  for (const ms of [100, 20, 5]) {
    time.pass(ms);
    engine.step();
  }
  await open;
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({
    level: 30,
    requestId: 'mine',
    route: 'POST /v1/completions',
    status: 200,
    outcome: 'ok',
    completionId: 'cmpl-mine',
    finishReasons: ['length', 'length'],
    promptTokens: 2,
    completionTokens: 6,
    queueMs: 100,
    prefillMs: 0,
    decodeMs: 25,
    totalMs: 125,
  });
  expect(JSON.stringify(lines)).not.toContain('secret');
});

test('what was asked is logged where the operator wants it', async () => {
  const { app, completions } = await logged({ logPrompts: true });
  await complete(app, { prompt: 'A secret', n: 0 });
  expect(completions()).toMatchObject([{ prompt: 'A secret', status: 400 }]);
});

test('a refusal is told with its reason, and nothing of the value that was wrong', async () => {
  const { app, completions } = await logged();
  await complete(app, { prompt: 'A secret', temperature: 'secret' });
  expect(completions()).toMatchObject([{ outcome: 'invalid_value', status: 400, level: 30 }]);
  expect(JSON.stringify(completions())).not.toContain('secret');
});

test('a failure of ours is an error in the log', async () => {
  const { app, engine, completions } = await logged();
  const open = complete(app, {});
  await engine.untilOpen(1);
  engine.failStep('no memory');
  await open;
  expect(completions()).toMatchObject([
    { outcome: 'step_failed', status: 500, level: 50, finishReasons: ['error'] },
  ]);
});

test('a stream that was cut short is told once, with why', async () => {
  const { app, engine, time, lines } = await logged({ requestTimeoutMs: 1000 });
  const open = complete(app, { stream: true });
  await engine.untilOpen(1);
  engine.step();
  await turn();
  time.pass(1000);
  await open;
  expect(lines).toMatchObject([
    { outcome: 'request_timeout', status: 200, finishReasons: ['error'], completionTokens: 1 },
  ]);
});

test('a completion on a socket is told with the name of its own', async () => {
  const { server, engine, completions } = await logged();
  const client = await openSocket(server, { headers: { 'x-request-id': 'socket' } });
  client.send({ type: 'completion.create', id: 'a', max_tokens: 1 });
  await engine.untilOpen(1);
  engine.step();
  await client.untilEnd('a');
  await turn();
  expect(completions()).toMatchObject([
    { requestId: 'socket', route: 'SOCKET /v1/completions', completionId: 'cmpl-socket-a' },
  ]);
  expect(completions()[0]).not.toHaveProperty('status');
});

test('probes and scrapes are not worth a line', async () => {
  const { app, lines } = await logged();
  for (const url of ['/health', '/ready', '/metrics', '/v1/models', '/nowhere']) {
    await app.inject(url);
  }
  expect(lines).toEqual([]);
});

test('keys are never logged, however much is', async () => {
  const settings = { logLevel: 'trace', logPrompts: true, apiKeys: ['sk-secret'] } as const;
  const { app, lines } = await logged(settings);
  for (const key of ['sk-secret', 'sk-secret-not']) {
    await app.inject({ url: '/v1/models', headers: { authorization: `Bearer ${key}` } });
    await app.inject({ url: '/v1/models', headers: { 'x-api-key': key } });
  }
  expect(lines.length).toBeGreaterThan(0);
  expect(JSON.stringify(lines)).not.toContain('secret');
});
