// A command line and an environment, read on a machine that is always the same.

import type { Machine } from '../../src/config/kinds.ts';
import { type Command, readCommand, type ServeSettings } from '../../src/config.ts';
import { ServeError } from '../../src/errors.ts';

const machine: Machine = {
  processorCount: 6,
  memoryBytes: 16 * 1024 ** 3,
  cacheDirectory: '/home/someone/.cache/kvasir',
  temporaryDirectory: '/tmp',
};

export function read(line: string, environment: Record<string, string> = {}): Command {
  return readCommand(line.split(' ').filter(Boolean), { environment, machine });
}

export function serve(flags: string, environment: Record<string, string> = {}): ServeSettings {
  const command = read(`serve ${flags}`, environment);
  if (command.name !== 'serve') throw new Error(`this is ${command.name}`);
  return command.settings;
}

export function refusal(line: string, environment: Record<string, string> = {}): ServeError {
  try {
    read(line, environment);
  } catch (error) {
    if (error instanceof ServeError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}
