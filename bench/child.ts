// Processes that a benchmark starts, and that never outlive it: whatever ends this process, those that
// still run are killed by their ids.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** Enough to say why a process ended; a log of every request would pile up. */
const keptOutput = 64 * 1024;

export interface Child {
  readonly processId: number;
  /** The end of what it wrote to standard output and standard error so far. */
  output(): string;
  /** Calls back with each piece it writes. */
  onOutput(listener: (piece: string) => void): void;
  readonly exited: Promise<number | null>;
  /** Sends a signal; resolves with the exit code (null where the signal itself ended it). */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Lets it do nothing at all until `resume`. */
  suspend(): void;
  resume(): void;
}

const running = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Makes an interrupt end this process in the usual way, and so its children too. */
export function exitOnSignals(): void {
  process.once('SIGINT', () => process.exit(130));
  process.once('SIGTERM', () => process.exit(143));
}

let place: readonly string[] = [];

/** Children to come get these processors: `taskset` gives them their place and becomes them. */
export function placeChildren(processors: string): void {
  place = ['taskset', '--cpu-list', processors];
}

export function startChild(program: string, flags: readonly string[]): Child {
  const [executable, ...all] = [...place, program, ...flags] as [string, ...string[]];
  const child = spawn(executable, all, { stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  const listeners: ((piece: string) => void)[] = [];
  let output = '';
  const take = (piece: string) => {
    output = (output + piece).slice(-keptOutput);
    for (const listener of listeners) listener(piece);
  };
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);
  const exited = once(child, 'close').then(
    ([code]) => code as number | null,
    (error: Error) => {
      take(`${program}: ${error.message}\n`); // it could not be started
      return 127;
    },
  );
  exited.then(() => running.delete(child));
  return {
    processId: child.pid ?? 0,
    output: () => output,
    onOutput: (listener) => listeners.push(listener),
    exited,
    stop(signal = 'SIGTERM') {
      child.kill(signal);
      child.kill('SIGCONT'); // one that is suspended hears no signal but SIGKILL
      return exited;
    },
    suspend: () => child.kill('SIGSTOP'),
    resume: () => child.kill('SIGCONT'),
  };
}

/** Runs a program to its end and returns what it wrote. Throws where it fails or takes too long. */
export async function runChild(
  program: string,
  flags: readonly string[],
  timeoutMs: number,
  listener: (piece: string) => void = () => {},
): Promise<string> {
  const child = startChild(program, flags);
  let all = '';
  child.onOutput((piece) => {
    all += piece;
    listener(piece);
  });
  const timer = setTimeout(() => child.stop('SIGKILL'), timeoutMs);
  const code = await child.exited;
  clearTimeout(timer);
  if (code !== 0) {
    const how = code === null ? `was killed (limit ${timeoutMs / 1000} s)` : `ended with ${code}`;
    throw new Error(`${program} ${flags.join(' ')} ${how}:\n${child.output()}`);
  }
  return all;
}
