// A real browser for the tests of one file, and pages in it that complain of everything that they
// should not do: errors, breaches of their own rules, requests to elsewhere.

import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { type Server, startServer } from '../../bench/server.ts';
import { program } from '../support/programs.ts';
import { exportedStoryteller } from '../support/storyteller.ts';

export const { file: chromiumFile, why } = program('chromium');

export interface Visit {
  readonly options?: BrowserContextOptions;
  /** What stands behind # in the address. */
  readonly hash?: string;
  /** Resources that may fail to load: parts of their addresses. */
  readonly mayFail?: readonly string[];
}

export class Visitor {
  #browser: Browser | null = null;
  #server: Server | null = null;
  #complaints: string[] = [];
  #pages: Page[] = [];

  get server(): Server {
    return this.#server!;
  }

  async start(flags: readonly string[]): Promise<void> {
    const isRoot = process.getuid?.() === 0;
    const [browser, server] = await Promise.all([
      chromium.launch({
        executablePath: chromiumFile!,
        // Chromium refuses to run as root with its sandbox.
        args: isRoot ? ['--no-sandbox'] : [],
      }),
      exportedStoryteller().then((artifact) => startServer('--model', artifact, ...flags)),
    ]);
    this.#browser = browser;
    this.#server = server;
  }

  async stop(): Promise<void> {
    await this.#browser?.close();
    await this.#server?.stop();
  }

  /** The page, once it is there. */
  async open({ options = {}, hash = '', mayFail = [] }: Visit = {}): Promise<Page> {
    const context = await this.#browser!.newContext({
      viewport: { width: 1280, height: 800 },
      ...options,
    });
    const page = await context.newPage();
    this.#pages.push(page);
    page.setDefaultTimeout(10_000);
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
      if (protocol !== 'data:' && origin !== this.server.url.origin) {
        this.#complaints.push(`asked for ${request.url()}`);
      }
    });
    await page.goto(new URL(`/${hash === '' ? '' : `#${hash}`}`, this.server.url).href);
    return page;
  }

  async finishTest(): Promise<void> {
    for (const page of this.#pages.splice(0)) await page.context().close();
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
