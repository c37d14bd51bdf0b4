// However a request ends, it ends once: one outcome is counted, one ending of each of its sequences,
// and nothing of it stays open.

import { expect, test } from 'vitest';
import { complete, says, serve, type TestServer, turn } from './harness.ts';
import { openSocket } from './socket-client.ts';

type Ending = (server: TestServer) => unknown;

const endings: readonly [string, string, string, Ending][] = [
  ['finishes', 'ok', 'length', ({ engine }) => [engine.step(), engine.step()]],
  ['fails in a step', 'step_failed', 'error', ({ engine }) => engine.failStep('no memory')],
  ['loses its engine', 'engine_stopped', 'error', ({ engine }) => engine.stop('it broke')],
  [
    'is cut off by shutdown',
    'draining',
    'error',
    ({ app, time }) => {
      void app.drain();
      time.pass(30_000);
    },
  ],
];

async function counted({ app }: TestServer, name: string): Promise<Record<string, number>> {
  const { body } = await app.inject('/metrics');
  const series = body.matchAll(/^(\S+?)\{\w+="(\w+)".*\} ([1-9]\d*)$/gm);
  const lines = [...series].filter(([, series]) => series === name);
  return Object.fromEntries(lines.map(([, , label, count]) => [label, Number(count)]));
}

async function expectEnded(server: TestServer, outcome: string, reason: string): Promise<void> {
  await turn();
  expect(server.engine.openCount).toBe(0);
  expect(await counted(server, 'kvasir:requests_total')).toEqual({ [outcome]: 1 });
  expect(await counted(server, 'vllm:request_success_total')).toEqual({ [reason]: 2 });
  await server.app.drain();
  expect(server.time.timerCount).toBe(0);
}

test.each(endings)('an answer that %s ends once', async (_, outcome, reason, end) => {
  const server = await serve({ pace: 'manual', script: () => says(' a') });
  const answer = complete(server.app, { n: 2, max_tokens: 2 });
  await server.engine.untilOpen(2);
  end(server);
  expect((await answer).statusCode === 200).toBe(outcome === 'ok');
  await expectEnded(server, outcome, reason);
});

test.each(endings)('a stream that %s ends once', async (_, outcome, reason, end) => {
  const server = await serve({ pace: 'manual', script: () => says(' a') });
  const answer = complete(server.app, { n: 2, max_tokens: 2, stream: true });
  await server.engine.untilOpen(2);
  end(server);
  const { body } = await answer;
  expect(body.match(/data: \[DONE\]\n\n/g)).toHaveLength(1);
  expect(body.includes('"error"')).toBe(outcome !== 'ok');
  await expectEnded(server, outcome, reason);
});

test.each([...endings, ['is cancelled', 'aborted', 'abort', () => {}] as const])(
  'a completion on a socket that %s ends once',
  async (_, outcome, reason, end) => {
    const server = await serve({ pace: 'manual', script: () => says(' a') });
    const client = await openSocket(server);
    client.send({ type: 'completion.create', id: 'a', n: 2, max_tokens: 2 });
    await server.engine.untilOpen(2);
    end(server);
    if (outcome === 'aborted') client.send({ type: 'completion.cancel', id: 'a' });
    const last = (await client.untilEnd('a')).at(-1);
    expect(last.type).toBe(['ok', 'aborted'].includes(outcome) ? 'completion.done' : 'error');
    await expectEnded(server, outcome, reason);
  },
);

test('a request that is refused ends once, without sequences', async () => {
  const server = await serve();
  await complete(server.app, { n: 0 });
  expect(await counted(server, 'kvasir:requests_total')).toEqual({ invalid_value: 1 });
  expect(await counted(server, 'vllm:request_success_total')).toEqual({});
});
