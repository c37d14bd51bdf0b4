// A server around a scripted engine, with time and randomness under the test's control. Whatever a
// test opened is closed when it ends.

import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { onTestFinished } from 'vitest';
import { type AppSettings, buildApp } from '../../src/app.ts';
import type { LogStream } from '../../src/http/server-options.ts';
import type { Surroundings } from '../../src/http/surroundings.ts';
import { createTokenizer, type Tokenizer } from '../../src/tokenizer/tokenizer.ts';
import { ScriptedEngine, type ScriptedOptions } from './scripted-engine.ts';

export const tokenizer = createTokenizer('gpt2', 50257);

/** The ids of a text, to be generated one by one. */
export function says(text: string): number[] {
  return tokenizer.encode(text);
}

export class TestTime implements Surroundings {
  #nowMs = 0;
  #names = 0;
  #timers: { readonly atMs: number; readonly run: () => void }[] = [];

  nowMs = () => this.#nowMs;
  epochSeconds = () => 1_750_000_000 + Math.floor(this.#nowMs / 1000);
  freshName = () => `name-${++this.#names}`;
  freshSeed = () => ({ low: 1, high: 2 });

  after = (ms: number, run: () => void) => {
    const timer = { atMs: this.#nowMs + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  get timerCount(): number {
    return this.#timers.length;
  }

  pass(ms: number): void {
    this.#nowMs += ms;
    const due = this.#timers.filter(({ atMs }) => atMs <= this.#nowMs);
    this.#timers = this.#timers.filter((timer) => !due.includes(timer));
    for (const { run } of due) run();
  }
}

export interface TestServer {
  readonly app: FastifyInstance;
  readonly engine: ScriptedEngine;
  readonly time: TestTime;
}

const usual: AppSettings = {
  host: '127.0.0.1',
  servedModelName: 'storyteller',
  chatTemplateFile: '',
  maxRunning: 32,
  maxQueue: 512,
  allowedHosts: [],
  allowedOrigins: [],
  maxBodyBytes: 256 * 1024,
  apiKeys: [],
  adminKeys: [],
  maxOpenRequests: 1024,
  maxSocketRequests: 64,
  socketPingMs: 0,
  queueTimeoutMs: 0,
  requestTimeoutMs: 0,
  stallTimeoutMs: 30_000,
  drainTimeoutMs: 30_000,
  logLevel: 'silent',
  logPrompts: false,
};

export async function serve(
  scripted: ScriptedOptions = {},
  settings: Partial<AppSettings> = {},
  log?: LogStream,
  words: Tokenizer = tokenizer,
): Promise<TestServer> {
  const time = new TestTime();
  const engine = new ScriptedEngine({ nowMs: time.nowMs, ...scripted });
  const app = await buildApp({
    engine,
    tokenizer: words,
    settings: { ...usual, ...settings },
    surroundings: time,
    ...(log === undefined ? {} : { log }),
  });
  onTestFinished(async () => {
    const closed = app.close();
    // Closing gives open answers a moment of the test's time.
    while (time.timerCount > 0) {
      time.pass(60_000);
      await turn();
    }
    await closed;
  });
  return { app, engine, time };
}

/** Where the server listens, as `http://127.0.0.1:port`. */
export async function listen({ app }: TestServer): Promise<string> {
  await app.listen({ host: '127.0.0.1', port: 0 });
  return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
}

/** Lets everything happen that is due. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export function complete(app: FastifyInstance, body: unknown) {
  return app.inject({
    method: 'POST',
    url: '/v1/completions',
    headers: { 'content-type': 'application/json' },
    payload: typeof body === 'string' ? body : JSON.stringify(body),
  });
}
