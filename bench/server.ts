// A server under test, in a process of its own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';

/** As compiled; npm runs its scripts in the project's folder. */
const program = path.resolve('dist/src/main.js');

export interface Server {
  readonly url: URL;
  /** From starting the process to the first reply of `/ready`. */
  readonly readyMs: number;
  readonly processId: number;
  /** What it wrote to standard output and standard error so far. */
  output(): string;
  /** Sends a signal; resolves with the exit code (null where the signal itself ended it). */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Runs one command of the program to its end. */
export async function command(...flags: string[]): Promise<void> {
  const child = spawn(process.execPath, [program, ...flags], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`kvasir ${flags.join(' ')} ended with ${code}`);
}

/** `kvasir serve` on a free port. */
export async function startServer(...flags: string[]): Promise<Server> {
  const begun = performance.now();
  const child = spawn(process.execPath, [program, 'serve', '--port', '0', ...flags]);
  const exited = once(child, 'exit') as Promise<[number | null]>;
  let output = '';
  const listening = new Promise<URL>((resolve, reject) => {
    const take = (piece: string) => {
      output += piece;
      const found = /http:\/\/\S+:\d+/.exec(output);
      if (found) resolve(new URL(found[0]));
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    exited.then(([code]) => reject(new Error(`the server ended with ${code}:\n${output}`)));
  });
  const url = await listening;
  const reply = await fetch(new URL('/ready', url));
  if (!reply.ok) throw new Error(`/ready answered ${reply.status}`);
  return {
    url,
    readyMs: performance.now() - begun,
    processId: child.pid!,
    output: () => output,
    async stop(signal = 'SIGTERM') {
      child.kill(signal);
      const [code] = await exited;
      return code;
    },
  };
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
