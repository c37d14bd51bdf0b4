// Kvasir alone, quickly: under load, over HTTP, on this machine: a GPT-2 with random weights,
// streaming clients in a closed loop. One row per number of clients; `--json FILE` keeps the figures.
//
//   npm run bench -- --size 124M --clients 1,8,32 --prompt 64 --tokens 128 --rounds 3

import os from 'node:os';
import { type LoadResult, runClosedLoop } from '../src/load/closed-loop.ts';
import { randomPrompt } from '../src/load/prompts.ts';
import { median, percentile } from '../src/load/statistics.ts';
import { command } from './command.ts';
import { count, type FlagValues, flag, numbers } from './flags.ts';
import { cacheFlag, findModel, sizeFlag } from './model.ts';
import { table, writeJson } from './report.ts';
import { anonymousBytes, type Server, scrape, startServer, total } from './server.ts';
import { commonBody } from './systems/system.ts';

const flags = {
  size: sizeFlag,
  clients: flag('LIST', '1,8,32', 'clients at a time'),
  prompt: flag('N', '64', 'tokens of each prompt'),
  tokens: flag('N', '128', 'tokens that each client is given'),
  rounds: flag('N', '3', 'times that each row is measured'),
  serve: flag('FLAGS', '', 'further flags of kvasir serve'),
  cache: cacheFlag,
  json: flag('FILE', '', 'keeps the figures'),
};

type Options = FlagValues<typeof flags>;

interface Row extends LoadResult {
  readonly clients: number;
  readonly engineShare: number;
  readonly eventLoopDelayMs: number;
}

export const quick = command(
  'a quick table of Kvasir alone, with its engine share',
  flags,
  async (options) => {
    const model = await findModel('', options.size, options.cache);
    const further = options.serve.split(' ').filter((word) => word !== '');
    const started = ['--model', model.checkpoint, '--cache-directory', model.cache, ...further];

    // The first start exports; the second is what a restart costs.
    await (await startServer(...started)).stop();
    const server = await startServer(...started);
    try {
      const idleBytes = anonymousBytes(server.processId);
      const rows: Row[] = [];
      await measure(server, options, 1, 1); // warm-up
      for (const clients of numbers('clients', options.clients)) {
        const rounds: Row[] = [];
        for (let round = 0; round < count('rounds', options.rounds); round++) {
          rounds.push(await measure(server, options, clients, clients === 1 ? 2 : 1));
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
        promptTokens: count('prompt', options.prompt),
        generatedTokens: count('tokens', options.tokens),
      };
      print(facts, rows);
      writeJson(options.json, { facts, rows });
    } finally {
      await server.stop();
    }
  },
);

/** Never the same twice in a process: a prompt that comes again is found in the cache. */
let promptSeed = 1;

async function measure(
  target: Server,
  options: Options,
  clients: number,
  requests: number,
): Promise<Row> {
  const before = await scrape(target);
  const promptTokens = count('prompt', options.prompt);
  const generatedTokens = count('tokens', options.tokens);
  const result = await runClosedLoop(target, {
    clientCount: clients,
    requestsPerClient: requests,
    timeoutMs: 600_000,
    body: () => {
      const seed = promptSeed++;
      return commonBody({ prompt: randomPrompt(seed, promptTokens, 50257), generatedTokens, seed });
    },
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
    seconds: median(rounds.map((round) => round.seconds)),
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
