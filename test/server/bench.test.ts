// `kvasir bench` as a process, beside a server that counts what it is asked.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Server, scrape, startServer, total } from '../../bench/server.ts';
import { runProgram } from '../support/program.ts';
import { exportedStoryteller } from '../support/storyteller.ts';

let server: Server;
beforeAll(async () => {
  server = await startServer('--model', await exportedStoryteller());
});
afterAll(async () => {
  await server.stop();
});

const load = ['--clients', '1,2', '--prompt-tokens', '5', '--tokens', '8', '--requests', '2'];
const bench = (...words: string[]) =>
  runProgram(['bench', '--url', server.url.origin, ...load, ...words]);

test('the figures are of all requests that were sent, and of no others', async () => {
  const before = total(await scrape(server), 'vllm:generation_tokens_total');
  const { code, stdout, stderr } = await bench('--json');
  expect(code, stderr).toBe(0);
  const found = JSON.parse(stdout);
  expect(found).toMatchObject({
    url: server.url.origin,
    promptTokens: 5,
    generatedTokens: 8,
    rows: [
      { clients: 1, requests: 2 },
      { clients: 2, requests: 4 },
    ],
  });
  for (const row of found.rows) {
    expect(row.tokensPerSecond * row.seconds).toBeCloseTo(8 * row.requests, 6);
    expect(row.ttftMs.p99).toBeGreaterThanOrEqual(row.ttftMs.p50);
    expect(row.interTokenMs.p50).toBeGreaterThan(0);
  }
  // One request more than those: what comes first is not measured.
  const after = total(await scrape(server), 'vllm:generation_tokens_total');
  expect(after - before).toBe(8 * 7);
});

test('a table says the same, with a bar on standard error meanwhile', async () => {
  const { code, stdout, stderr } = await bench();
  expect(code).toBe(0);
  const lines = stdout.trimEnd().split('\n');
  expect(lines[0]).toMatch(/ at http:\/\/127\.0\.0\.1:\d+: 5 tokens of prompt, 8 generated$/);
  expect(lines.slice(2).map((line) => line.trim().split(/ +/)[0])).toEqual([
    'clients',
    'p50',
    '1',
    '2',
  ]);
  expect(stderr).toMatch(/^1 client +0 %\n(?:.*\n)*2 clients 100 %\n$/);
});

test('more than the context has room for is refused in the words of the server', async () => {
  const { code, stdout, stderr } = await bench('--tokens', '5000');
  expect(stderr).toMatch(/^--url http.*: .*maximum context length is 1024 tokens/);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
});

test('a server that is not there is a failure, with what to do', async () => {
  const { code, stderr } = await runProgram(['bench', '--url', 'http://127.0.0.1:9']);
  expect(stderr).toMatch(
    /^--url: cannot reach http:\/\/127\.0\.0\.1:9: .*"kvasir serve" starts one/,
  );
  expect(code).toBe(1);
});
