// The program as a process of its own, and what becomes of it; on a terminal, too, where there is a
// `script` to make one.

import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { program } from '../../bench/server.ts';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  /** Comes in at standard input; null: nothing ever does. */
  readonly input?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly folder?: string;
}

export function startProgram(
  words: readonly string[],
  { environment = {}, folder }: RunOptions = {},
): ChildProcessWithoutNullStreams {
  return spawn(process.execPath, [program, ...words], {
    env: { ...process.env, ...environment },
    ...(folder !== undefined && { cwd: folder }),
  });
}

export async function runProgram(words: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return await ended(startProgram(words, options), options.input);
}

export async function ended(child: ChildProcessWithoutNullStreams, input = ''): Promise<Ran> {
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (piece) => (stdout += piece));
  child.stderr.setEncoding('utf8').on('data', (piece) => (stderr += piece));
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  return { code, stdout, stderr };
}

export const hasTerminal = spawnSync('script', ['--version']).status === 0;

/** Standard output and standard error together, as the terminal gets them. */
export async function runOnTerminal(
  words: readonly string[],
  { environment = {} }: RunOptions = {},
): Promise<Ran> {
  const quoted = [process.execPath, program, ...words].map((word) => {
    return `'${word.replaceAll("'", "'\\''")}'`;
  });
  const { NO_COLOR: _, FORCE_COLOR: __, ...inherited } = process.env;
  const child = spawn('script', ['-qec', quoted.join(' '), '/dev/null'], {
    env: { ...inherited, TERM: 'xterm', ...environment },
  });
  return await ended(child);
}
