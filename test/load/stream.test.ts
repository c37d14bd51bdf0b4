// Against a server that answers with whatever the test writes.

import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { completeWhole } from '../../bench/load/whole.ts';
import { streamCompletion } from '../../src/load/stream.ts';

const timeoutMs = 10_000;

async function serverOf(pieces: readonly string[], status = 200): Promise<{ readonly url: URL }> {
  const server = http.createServer((request, reply) => {
    request.resume().on('end', () => {
      reply.writeHead(status);
      for (const piece of pieces) reply.write(piece);
      reply.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return { url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`) };
}

async function stream(pieces: readonly string[], status = 200) {
  const agent = new http.Agent();
  onTestFinished(() => agent.destroy());
  const server = await serverOf(pieces, status);
  return streamCompletion(server, { max_tokens: 2 }, { agent, timeoutMs });
}

const event = (chunk: object) => `data: ${JSON.stringify(chunk)}\n\n`;
const text = (added: string) => event({ choices: [{ text: added }] });
const usage = (tokens: number) => event({ choices: [], usage: { completion_tokens: tokens } });
const end = 'data: [DONE]\n\n';

test('texts are added up, wherever the pieces of a reply are cut', async () => {
  const all = text('a') + text('') + text('bc') + usage(2) + end;
  const pieces = [all.slice(0, 9), all.slice(9, 40), all.slice(40)];
  const { chunkMs, generatedTokens, text: whole } = await stream(pieces);
  expect([whole, chunkMs.length, generatedTokens]).toEqual(['abc', 2, 2]);
});

test('lines that carry no data are skipped', async () => {
  const pieces = [': still here\n\n', `event: piece\nid: 1\n${text('a')}`, usage(2), end];
  expect((await stream(pieces)).text).toBe('a');
});

test.each([
  ['no JSON', 'data: {"choices"\n\n'],
  ['no choices', event({})],
  ['out of memory', event({ error: { message: 'out of memory' } })],
])('a reply with %s is refused', async (message, piece) => {
  await expect(stream([text('a'), piece, usage(2), end])).rejects.toThrow(message);
});

test('a reply that ends early, or is none, is refused', async () => {
  await expect(stream([text('a'), usage(2)])).rejects.toThrow('answered 200');
  await expect(stream(['{"error":"busy"}'], 429)).rejects.toThrow('answered 429: {"error":"busy"}');
});

test.each([1, 3])('%i tokens where 2 were asked for are refused', async (tokens) => {
  const message = `${tokens} tokens were generated where 2 were asked for`;
  await expect(stream([text('a'), usage(tokens), end])).rejects.toThrow(message);
  const answer = JSON.stringify({ choices: [], usage: { completion_tokens: tokens } });
  const whole = completeWhole(await serverOf([answer]), { max_tokens: 2 }, timeoutMs);
  await expect(whole).rejects.toThrow(message);
});
