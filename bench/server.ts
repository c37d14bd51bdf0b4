// A server under test, in a process of its own.

import path from 'node:path';
import { type Child, runChild, startChild } from './child.ts';

export { anonymousBytes, processorSeconds } from './process-facts.ts';
export { scrape, total } from './scrape.ts';

/** As compiled; npm runs its scripts in the project's folder. */
export const program = path.resolve('dist/src/main.js');

/** A first start exports the checkpoint, and compares it with the reference. */
const startTimeoutMs = 900_000;

export interface Server
  extends Pick<Child, 'processId' | 'output' | 'stop' | 'suspend' | 'resume'> {
  readonly url: URL;
  /** From starting the process to the first good reply of its health route. */
  readonly readyMs: number;
}

/** Runs one command of the program to its end. */
export async function command(...flags: string[]): Promise<void> {
  const tell = (piece: string) => process.stderr.write(piece);
  await runChild(process.execPath, [program, ...flags], startTimeoutMs, tell);
}

/** `kvasir serve` on a free port. */
export function startServer(...flags: string[]): Promise<Server> {
  return startListening(process.execPath, [program, 'serve', '--port', '0', ...flags], '/ready');
}

/** Any server that says its address when it listens and has a route that answers when it is ready. */
export async function startListening(
  executable: string,
  flags: readonly string[],
  healthRoute: string,
): Promise<Server> {
  const begun = performance.now();
  const child = startChild(executable, flags);
  try {
    const url = await address(child);
    await answers(new URL(healthRoute, url));
    const readyMs = performance.now() - begun;
    return { ...child, url, readyMs };
  } catch (error) {
    await child.stop('SIGKILL');
    throw error;
  }
}

function address(child: Child): Promise<URL> {
  return new Promise((resolve, reject) => {
    const late = () => reject(new Error(`the server does not listen:\n${child.output()}`));
    const timer = setTimeout(late, startTimeoutMs);
    child.onOutput(() => {
      // Llama.cpp's server says `listening on`, too.
      const [, found] = /listening on (http:\/\/\S+:\d+)/.exec(child.output()) ?? [];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(new URL(found));
    });
    child.exited.then((code) => {
      clearTimeout(timer);
      reject(new Error(`the server ended with ${code}:\n${child.output()}`));
    });
  });
}

async function answers(url: URL): Promise<void> {
  const reply = await fetch(url, { signal: AbortSignal.timeout(startTimeoutMs) });
  if (!reply.ok) throw new Error(`${url.pathname} answered ${reply.status}`);
}
