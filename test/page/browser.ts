// A real browser for the tests of one file, and pages in it that complain of everything that they
// should not do: errors, breaches of their own rules, requests to elsewhere.

import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type Server, startServer } from '../../bench/server.ts';
import type { Completion } from '../../client/completion-types.ts';
import { program } from '../support/programs.ts';
import { exportedStoryteller } from '../support/storyteller.ts';

export const { file: chromiumFile, why } = program('chromium');

export interface Visit {
  /** Another server than that of the file. */
  readonly server?: Server;
  readonly options?: BrowserContextOptions;
  /** What stands behind # in the address. */
  readonly hash?: string;
  /** Resources that may fail to load: parts of their addresses. */
  readonly mayFail?: readonly string[];
}

export class Visitor {
  #browser: Browser | null = null;
  #artifact = '';
  #server: Server | null = null;
  #others: Server[] = [];
  #complaints: string[] = [];
  #pages: Page[] = [];

  get server(): Server {
    return this.#server!;
  }

  async start(flags: readonly string[]): Promise<void> {
    const isRoot = process.getuid?.() === 0;
    this.#browser = await chromium.launch({
      executablePath: chromiumFile!,
      // Chromium refuses to run as root with its sandbox.
      args: isRoot ? ['--no-sandbox'] : [],
    });
    this.#artifact = await exportedStoryteller();
    this.#server = await startServer('--model', this.#artifact, ...flags);
  }

  /** One that a test may stop. */
  async anotherServer(...flags: string[]): Promise<Server> {
    const server = await startServer('--model', this.#artifact, ...flags);
    this.#others.push(server);
    return server;
  }

  async stop(): Promise<void> {
    await this.#browser?.close();
    await this.#server?.stop();
  }

  /** Of the API, for comparison. */
  async complete(body: object): Promise<Completion> {
    const response = await fetch(new URL('/v1/completions', this.server.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return (await response.json()) as Completion;
  }

  /** The page, once it is there. */
  async open(visit: Visit = {}): Promise<Page> {
    const { server = this.server, options = {}, hash = '', mayFail = [] } = visit;
    const context = await this.#browser!.newContext({
      viewport: { width: 1280, height: 800 },
      ...options,
    });
    const page = await context.newPage();
    this.#pages.push(page);
    page.setDefaultTimeout(20_000);
    page.on('console', (message) => {
      if (message.type() !== 'error' && message.type() !== 'warning') return;
      const { url } = message.location();
      if (!mayFail.some((part) => url.includes(part))) {
        this.#complaints.push(`${message.text()} (${url})`);
      }
    });
    page.on('pageerror', (error) => this.#complaints.push(String(error)));
    page.on('request', (request) => {
      const { origin, protocol } = new URL(request.url());
      if (protocol !== 'data:' && origin !== server.url.origin) {
        this.#complaints.push(`asked for ${request.url()}`);
      }
    });
    await page.goto(new URL(`/${hash === '' ? '' : `#${hash}`}`, server.url).href);
    return page;
  }

  async finishTest(): Promise<void> {
    for (const page of this.#pages.splice(0)) await page.context().close();
    for (const server of this.#others.splice(0)) await server.stop('SIGKILL');
    expect(this.#complaints.splice(0)).toEqual([]);
  }
}

/** A browser and a server for all tests of the file that calls this. */
export function visitor(...flags: string[]): Visitor {
  const one = new Visitor();
  beforeAll(async () => {
    if (chromiumFile !== null) await one.start(flags);
  });
  afterEach(() => one.finishTest());
  afterAll(() => one.stop());
  return one;
}

/** Presses the button, and waits until everything is written. */
export async function generate(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Generate' }).click();
  await written(page);
}

/** Waits until nothing is being written any more. */
export async function written(page: Page): Promise<void> {
  await page.locator('.card:not(.writing) .token').first().waitFor();
  await page.locator('#stop:disabled').waitFor();
}
