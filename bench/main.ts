// Kvasir under load, over HTTP, on this machine: a GPT-2 with random weights, streaming clients in a
// closed loop. Prints one row per number of clients; `--json FILE` keeps the figures.
//
//   npm run bench -- --size 124M --clients 1,8,32 --prompt 64 --tokens 128 --rounds 3

import { existsSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runLoad } from './load.ts';
import { anonymousBytes, command, type Server, scrape, startServer, total } from './server.ts';
import { median, percentile, table } from './statistics.ts';

const { values: options } = parseArgs({
  options: {
    size: { type: 'string', default: '124M' },
    clients: { type: 'string', default: '1,8,32' },
    prompt: { type: 'string', default: '64' },
    tokens: { type: 'string', default: '128' },
    rounds: { type: 'string', default: '3' },
    cache: { type: 'string', default: path.join(os.tmpdir(), 'kvasir-bench') },
    json: { type: 'string' },
  },
});

interface Row {
  readonly clients: number;
  readonly tokensPerSecond: number;
  readonly ttftMs: readonly number[];
  readonly interTokenMs: readonly number[];
  readonly engineShare: number;
  readonly eventLoopDelayMs: number;
}

const checkpoint = path.join(options.cache, `gpt2-${options.size}`);
if (!existsSync(checkpoint)) {
  await command('init', '--size', options.size, '--seed', '1', '--out', checkpoint);
}
const flags = ['--model', checkpoint, '--cache-directory', options.cache];

// The first start exports; the second is what a restart costs.
await (await startServer(...flags)).stop();
const server = await startServer(...flags);
try {
  const idleBytes = anonymousBytes(server.processId);
  const rows: Row[] = [];
  await measure(server, 1, 1); // warm-up
  for (const clients of options.clients.split(',').map(Number)) {
    const rounds: Row[] = [];
    for (let round = 0; round < Number(options.rounds); round++) {
      rounds.push(await measure(server, clients, clients === 1 ? 2 : 1));
    }
    rows.push(merge(rounds));
  }
  const facts = {
    readyMs: server.readyMs,
    idleMegabytes: idleBytes / 1e6,
    loadedMegabytes: anonymousBytes(server.processId) / 1e6,
    processor: os.cpus()[0]!.model,
    processorCount: os.availableParallelism(),
    size: options.size,
    promptTokens: Number(options.prompt),
    generatedTokens: Number(options.tokens),
  };
  print(facts, rows);
  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify({ facts, rows }, null, 2)}\n`);
  }
} finally {
  await server.stop();
}

async function measure(target: Server, clients: number, requests: number): Promise<Row> {
  const before = await scrape(target);
  const result = await runLoad(new URL('/v1/completions', target.url), {
    clientCount: clients,
    requestsPerClient: requests,
    promptTokens: Number(options.prompt),
    generatedTokens: Number(options.tokens),
    vocabularySize: 50257,
  });
  const after = await scrape(target);
  const spent = (label: string) =>
    total(after, 'kvasir:engine_seconds_total', label) -
    total(before, 'kvasir:engine_seconds_total', label);
  return {
    clients,
    ...result,
    engineShare: spent('part="run"') / spent(''),
    // Of the time since the scrape before.
    eventLoopDelayMs: 1000 * total(after, 'kvasir:event_loop_delay_p99_seconds'),
  };
}

/** The median round's rate; latencies pooled. */
function merge(rounds: readonly Row[]): Row {
  return {
    clients: rounds[0]!.clients,
    tokensPerSecond: median(rounds.map((round) => round.tokensPerSecond)),
    ttftMs: rounds.flatMap((round) => round.ttftMs),
    interTokenMs: rounds.flatMap((round) => round.interTokenMs),
    engineShare: median(rounds.map((round) => round.engineShare)),
    eventLoopDelayMs: Math.max(...rounds.map((round) => round.eventLoopDelayMs)),
  };
}

function print(facts: Record<string, string | number>, rows: readonly Row[]): void {
  console.log(
    Object.entries(facts)
      .map(([name, value]) => `${name} ${typeof value === 'number' ? Math.round(value) : value}`)
      .join(', '),
  );
  const heading = [
    'clients',
    'tokens/s',
    'TTFT p50 ms',
    'p99',
    'inter-token p50 ms',
    'p99',
    'engine share',
    'event-loop delay p99 ms',
  ];
  const body = rows.map((row) => [
    String(row.clients),
    row.tokensPerSecond.toFixed(0),
    median(row.ttftMs).toFixed(0),
    percentile(row.ttftMs, 0.99).toFixed(0),
    median(row.interTokenMs).toFixed(1),
    percentile(row.interTokenMs, 0.99).toFixed(1),
    `${(100 * row.engineShare).toFixed(1)} %`,
    row.eventLoopDelayMs.toFixed(1),
  ]);
  console.log(table([heading, ...body]));
}
