// A server under test, in a process of its own.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../src/main.js', import.meta.url));

export interface Server {
  readonly url: URL;
  /** From starting the process to the first reply of `/ready`. */
  readonly readyMs: number;
  readonly processId: number;
  stop(): Promise<void>;
}

/** Runs one command of the program to its end. */
export async function command(...options: string[]): Promise<void> {
  const child = spawn(process.execPath, [program, ...options], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`kvasir ${options.join(' ')} ended with ${code}`);
}

export async function startServer(...options: string[]): Promise<Server> {
  const begun = performance.now();
  const child = spawn(process.execPath, [program, 'serve', '--port', '0', ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const url = await listeningUrl(child);
  const reply = await fetch(new URL('/ready', url));
  if (!reply.ok) throw new Error(`/ready answered ${reply.status}`);
  const readyMs = performance.now() - begun;
  const stop = async () => {
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  return { url, readyMs, processId: child.pid!, stop };
}

async function listeningUrl(child: ChildProcess): Promise<URL> {
  for await (const line of createInterface({ input: child.stdout! })) {
    const found = /http:\/\/\S+/.exec(line);
    if (found) {
      child.stdout!.resume();
      return new URL(found[0]);
    }
  }
  throw new Error('the server ended before it listened');
}

/** Memory that belongs to the process alone: no mapped files. NaN where the system does not say. */
export function anonymousBytes(processId: number): number {
  const status = readFileSync(`/proc/${processId}/status`, 'utf8');
  return 1024 * Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1]);
}

/** The samples of one scrape of `/metrics`: a series, labels and all, to its value. */
export async function scrape(server: Server): Promise<ReadonlyMap<string, number>> {
  const text = await (await fetch(new URL('/metrics', server.url))).text();
  const samples = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    samples.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

/** The sum of the series of a name whose labels contain `label`. */
export function total(samples: ReadonlyMap<string, number>, name: string, label = ''): number {
  let sum = 0;
  for (const [series, value] of samples) {
    if (series.replace(/\{.*/, '') === name && series.includes(label)) sum += value;
  }
  return sum;
}
