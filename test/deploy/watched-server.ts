// A real server and a real Prometheus that reads it every second, by the configuration that is deployed.

import { readFileSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { type Child, startChild } from '../../bench/child.ts';
import { type Server, startServer } from '../../bench/server.ts';
import { freePort } from './free-port.ts';

export interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface RuleState {
  readonly name: string;
  readonly health: string;
  readonly lastError?: string;
  readonly state: string;
}

const patience = { timeout: 60_000, interval: 200 };

export class WatchedServer {
  readonly server: Server;
  readonly #prometheus: Child;
  readonly #address: string;

  private constructor(server: Server, prometheus: Child, address: string) {
    this.server = server;
    this.#prometheus = prometheus;
    this.#address = address;
  }

  /** `program`: Prometheus. `folder`: an empty one. Resolves when the first samples are there. */
  static async start(program: string, folder: string, flags: readonly string[]) {
    const server = await startServer(...flags);
    const address = `127.0.0.1:${await freePort()}`;
    const file = path.join(folder, 'prometheus.yml');
    writeFileSync(file, configuration(server.url.host));
    const prometheus = startChild(program, [
      `--config.file=${file}`,
      `--storage.tsdb.path=${path.join(folder, 'samples')}`,
      `--web.listen-address=${address}`,
    ]);
    const watched = new WatchedServer(server, prometheus, address);
    await watched.until('count_over_time(kvasir:ready[1m]) >= 2');
    return watched;
  }

  /** The samples of an instant query. Throws with what Prometheus says of one it cannot answer. */
  async query(expr: string): Promise<readonly Sample[]> {
    const { result } = await this.#ask<{
      result: { metric: Sample['metric']; value: unknown[] }[];
    }>(`query?query=${encodeURIComponent(expr)}`);
    return result.map(({ metric, value }) => ({ metric, value: Number(value[1]) }));
  }

  async rules(): Promise<readonly RuleState[]> {
    const { groups } = await this.#ask<{ groups: { rules: RuleState[] }[] }>('rules');
    return groups.flatMap(({ rules }) => rules);
  }

  /** Until an expression has a sample. */
  async until(expr: string): Promise<void> {
    await vi.waitUntil(async () => (await this.query(expr).catch(() => [])).length > 0, patience);
  }

  /** Until Prometheus has heard of every token that was generated so far. */
  async caughtUp(): Promise<void> {
    const [line] = (await (await fetch(new URL('/metrics', this.server.url))).text()).match(
      /^vllm:generation_tokens_total\{.*$/m,
    )!;
    await this.until(`vllm:generation_tokens_total >= ${line.split(' ').at(-1)}`);
  }

  /** A completion; resolves with its status when all of the answer is there. */
  async complete(body: object): Promise<number> {
    const reply = await this.#post(body);
    await reply.text();
    return reply.status;
  }

  /** Leaves a stream after its first piece. */
  async leave(body: object): Promise<void> {
    const { body: stream } = await this.#post({ ...body, stream: true });
    const reader = stream!.getReader();
    await reader.read();
    await reader.cancel();
  }

  /** As a page would whose name was made to resolve to this machine. */
  async askAs(host: string): Promise<number> {
    const { url } = this.server;
    return await new Promise((resolve, reject) => {
      const request = http.get(url, { headers: { host } }, (reply) => {
        reply.resume();
        resolve(reply.statusCode!);
      });
      request.once('error', reject);
    });
  }

  async stop(): Promise<void> {
    await this.#prometheus.stop();
    await this.server.stop();
  }

  #post(body: object): Promise<Response> {
    return fetch(new URL('/v1/completions', this.server.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  }

  async #ask<T>(route: string): Promise<T> {
    const reply = await fetch(`http://${this.#address}/api/v1/${route}`);
    const answer = (await reply.json()) as { status: string; error?: string; data: T };
    if (answer.status !== 'success') throw new Error(`${route}: ${answer.error}`);
    return answer.data;
  }
}

/** What is deployed, but that it is this server, asked more often. */
function configuration(target: string): string {
  const folder = path.resolve('deploy/prometheus');
  const deployed = parse(readFileSync(path.join(folder, 'prometheus.yml'), 'utf8'));
  const [scraped] = deployed.scrape_configs;
  return stringify({
    ...deployed,
    global: { ...deployed.global, scrape_interval: '1s', evaluation_interval: '1s' },
    rule_files: deployed.rule_files.map((name: string) => path.join(folder, name)),
    scrape_configs: [{ ...scraped, static_configs: [{ targets: [target] }] }],
  });
}
