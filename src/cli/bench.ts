// `kvasir bench`: a running server under load, in tokens a second and in what its clients wait for. Each
// client sends its next request when the last one has ended.

import { type Client, createClient, KvasirError } from '../../client/client.ts';
import type { BenchSettings } from '../config.ts';
import { UnusableServer } from '../evaluate/http-model.ts';
import { type LoadResult, runClosedLoop } from '../load/closed-loop.ts';
import { randomPrompt } from '../load/prompts.ts';
import { type Latency, latency } from '../load/statistics.ts';
import type { CompletionBody } from '../load/stream.ts';
import { explained, firstModel } from './explain-server.ts';
import { Progress } from './progress.ts';
import { painter } from './style.ts';

export interface LoadRow {
  readonly clients: number;
  readonly requests: number;
  readonly seconds: number;
  readonly tokensPerSecond: number;
  readonly ttftMs: Latency;
  readonly interTokenMs: Latency;
}

export async function runBench(settings: BenchSettings): Promise<void> {
  const { url, apiKey, clients, json } = settings;
  const client = createClient(url, apiKey === '' ? {} : { apiKey });
  const model = settings.model || (await nameOf(client, url));
  const load = new Load({ ...settings, model });
  const rows: LoadRow[] = [];
  await load.run(1, 1, () => {}); // what comes first pays for everything that is made only once
  for (const clientCount of clients)
    rows.push(await measured(load, clientCount, settings.requests));
  const { promptTokens, generatedTokens } = settings;
  const facts = { url, model, promptTokens, generatedTokens };
  console.log(
    json ? JSON.stringify({ ...facts, rows }, null, 2) : `${shownFacts(facts)}\n${table(rows)}`,
  );
}

async function nameOf(client: Client, url: string): Promise<string> {
  try {
    return await firstModel(client, url);
  } catch (error) {
    throw error instanceof KvasirError ? explained(error, url) : error;
  }
}

/** Says nothing for so long: it is not coming back. */
const patienceMs = 600_000;
/** Every vocabulary of bytes has more. */
const promptIds = 256;

class Load {
  readonly #settings: BenchSettings;
  /** Of the next prompt, which has not been there before: what is in a cache costs nothing. */
  #seed = Date.now() % 1_000_000_000;

  constructor(settings: BenchSettings) {
    this.#settings = settings;
  }

  async run(clientCount: number, requests: number, onRequest: () => void): Promise<LoadResult> {
    const { url, apiKey } = this.#settings;
    const headers = apiKey === '' ? {} : { authorization: `Bearer ${apiKey}` };
    try {
      return await runClosedLoop(
        { url: new URL(url) },
        {
          clientCount,
          requestsPerClient: requests,
          timeoutMs: patienceMs,
          body: () => this.#body(),
          headers,
          onRequest,
        },
      );
    } catch (error) {
      throw new UnusableServer(`--url ${url}: ${(error as Error).message}`);
    }
  }

  #body(): CompletionBody {
    const { model, promptTokens, generatedTokens } = this.#settings;
    const seed = this.#seed++;
    return {
      model,
      prompt: randomPrompt(seed, promptTokens, promptIds),
      max_tokens: generatedTokens,
      temperature: 0.8,
      top_k: 40,
      seed,
      ignore_eos: true,
      stream: true,
      stream_options: { include_usage: true },
    };
  }
}

async function measured(load: Load, clients: number, requests: number): Promise<LoadRow> {
  const progress = new Progress();
  const total = clients * requests;
  let done = 0;
  const update = () =>
    progress.update(`${clients} ${clients === 1 ? 'client' : 'clients'}`, done, total);
  try {
    update();
    const result = await load.run(clients, requests, () => {
      done++;
      update();
    });
    return {
      clients,
      requests: total,
      seconds: result.seconds,
      tokensPerSecond: result.tokensPerSecond,
      ttftMs: latency(result.ttftMs),
      interTokenMs: latency(result.interTokenMs),
    };
  } finally {
    progress.end();
  }
}

function shownFacts(facts: {
  readonly url: string;
  readonly model: string;
  readonly promptTokens: number;
  readonly generatedTokens: number;
}): string {
  const { url, model, promptTokens, generatedTokens } = facts;
  return `${model} at ${url}: ${promptTokens} tokens of prompt, ${generatedTokens} generated\n`;
}

const heads = [
  ['clients', ''],
  ['tokens/s', ''],
  ['first token', 'p50 ms'],
  ['', 'p99 ms'],
  ['between tokens', 'p50 ms'],
  ['', 'p99 ms'],
  ['requests', ''],
  ['seconds', ''],
] as const;

function table(rows: readonly LoadRow[]): string {
  const cells = rows.map((row) => [
    String(row.clients),
    row.tokensPerSecond.toFixed(0),
    row.ttftMs.p50.toFixed(0),
    row.ttftMs.p99.toFixed(0),
    row.interTokenMs.p50.toFixed(1),
    row.interTokenMs.p99.toFixed(1),
    String(row.requests),
    row.seconds.toFixed(1),
  ]);
  const columns = heads.map((head, at) => [...head, ...cells.map((row) => row[at]!)]);
  const widths = columns.map((column) => Math.max(...column.map((cell) => cell.length)));
  const lines = [0, 1, ...cells.map((_, at) => at + 2)].map((at) =>
    columns.map((column, index) => column[at]!.padStart(widths[index]!)).join('  '),
  );
  const paint = painter(process.stdout);
  return lines.map((line, at) => (at < 2 ? paint('bold', line) : line)).join('\n');
}
