// The settings of every command, read once and frozen. The only place that looks at the environment:
// what follows from it and from the machine is worked out here and handed on as plain values.

import os from 'node:os';
import path from 'node:path';
import { commandHelp, overview } from './config/help.ts';
import type { Machine } from './config/kinds.ts';
import { type Environment, readFlags, readSettings, switchesOf, unknown } from './config/read.ts';
import {
  type CommandName,
  commands,
  type EvalSettings,
  type ExportSettings,
  type InitSettings,
  type ServeTableValues,
} from './config/table.ts';
import { nearest } from './nearest.ts';

export type { EvalSettings, ExportSettings, InitSettings };
export type ServeSettings = ServeTableValues;

export type Command =
  | { readonly name: 'serve'; readonly settings: ServeSettings }
  | { readonly name: 'export'; readonly settings: ExportSettings }
  | { readonly name: 'init'; readonly settings: InitSettings }
  | { readonly name: 'eval'; readonly settings: EvalSettings }
  | { readonly name: 'help'; readonly text: string };

/** What the words after `kvasir` ask for. Throws `ServeError` (invalid_setting). */
export function readCommand(
  words: readonly string[],
  environment: Environment = process.env,
  machine: Machine = thisMachine(environment),
): Command {
  const [name, ...rest] = words;
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    return { name: 'help', text: overview(commands) };
  }
  if (!isCommand(name)) throw unknown('command', name, nearest(name, Object.keys(commands)));
  const flags = readFlags(rest, switchesOf(commands[name].settings));
  if (flags === null) {
    const { meaning, settings } = commands[name];
    return { name: 'help', text: commandHelp(name, meaning, settings, machine) };
  }
  switch (name) {
    case 'serve':
      return { name, settings: serveSettings(flags, environment, machine) };
    case 'export':
      return {
        name,
        settings: readSettings(commands.export.settings, flags, environment, machine),
      };
    case 'init':
      return { name, settings: readSettings(commands.init.settings, flags, environment, machine) };
    case 'eval':
      return { name, settings: readSettings(commands.eval.settings, flags, environment, machine) };
  }
}

function serveSettings(
  flags: ReadonlyMap<string, string>,
  environment: Environment,
  machine: Machine,
): ServeSettings {
  const given = readSettings(commands.serve.settings, flags, environment, machine);
  const servedModelName = given.servedModelName || path.basename(path.resolve(given.model));
  return Object.freeze({ ...given, servedModelName });
}

function isCommand(name: string): name is CommandName {
  return Object.hasOwn(commands, name);
}

function thisMachine(environment: Environment): Machine {
  // A container's limit, where there is one, is what the memory really is.
  const limit = process.constrainedMemory();
  const memoryBytes = limit > 0 ? Math.min(limit, os.totalmem()) : os.totalmem();
  const caches = environment['XDG_CACHE_HOME'] || path.join(os.homedir(), '.cache');
  return {
    processorCount: os.availableParallelism(),
    memoryBytes,
    cacheDirectory: path.join(caches, 'kvasir'),
  };
}
