// The settings of every command, read once and frozen. The only place that looks at the environment:
// what follows from it and from the machine is worked out here and handed on as plain values.

import os from 'node:os';
import path from 'node:path';
import { type Build, thisBuild } from './build.ts';
import { commandHelp, type Described, overview } from './config/help.ts';
import type { Machine } from './config/kinds.ts';
import {
  type Environment,
  readSettings,
  readWords,
  refused,
  type Table,
  unknown,
  type Words,
} from './config/read.ts';
import {
  type CommandName,
  commands,
  type DoctorSettings,
  type EvalSettings,
  type ExportSettings,
  type HubSettings,
  type InitSettings,
  type ListSettings,
  type PullingSettings,
  type PullSettings,
  type RemoveSettings,
  type ServeTableValues,
} from './config/table.ts';
import type { ServeError } from './errors.ts';
import { parseModelName } from './hub/model-name.ts';
import { nearest } from './nearest.ts';

export type {
  DoctorSettings,
  EvalSettings,
  ExportSettings,
  HubSettings,
  InitSettings,
  ListSettings,
  PullingSettings,
  PullSettings,
  RemoveSettings,
};
export type ServeSettings = ServeTableValues;

export type Command =
  | { readonly name: 'serve'; readonly settings: ServeSettings }
  | { readonly name: 'export'; readonly settings: ExportSettings }
  | { readonly name: 'init'; readonly settings: InitSettings }
  | { readonly name: 'eval'; readonly settings: EvalSettings }
  | { readonly name: 'pull'; readonly model: string; readonly settings: PullSettings }
  | { readonly name: 'list'; readonly settings: ListSettings }
  | { readonly name: 'rm'; readonly model: string; readonly settings: RemoveSettings }
  | { readonly name: 'doctor'; readonly settings: DoctorSettings }
  | { readonly name: 'cuda' }
  | { readonly name: 'help'; readonly text: string };

/** What the words after `kvasir` ask for. Throws `ServeError` (invalid_setting). */
export function readCommand(
  words: readonly string[],
  environment: Environment = process.env,
  machine: Machine = thisMachine(environment),
): Command {
  const [name = 'help', ...rest] = words;
  if (['help', '--help', '-h'].includes(name)) {
    const [subject] = rest;
    if (subject === undefined || subject.startsWith('-')) {
      return { name: 'help', text: overview(commands) };
    }
    return readCommand([subject, '--help'], environment, machine);
  }
  if (['version', '--version', '-v', '-V'].includes(name)) {
    return { name: 'help', text: versions(thisBuild()) };
  }
  if (!isCommand(name)) throw unknownCommand(name, words);
  const described: Described = commands[name];
  const { settings } = described;
  const usualFlag = usualFlags.find((flag) => Object.values(settings).some((s) => s.flag === flag));
  const takesOperand = described.operand !== undefined;
  const given = readWords(rest, settings, takesOperand, usualFlag);
  if (given === null) return { name: 'help', text: commandHelp(name, described, machine) };
  const { flags } = given;
  const read = <T extends Table>(table: T) => readSettings(table, flags, environment, machine);
  switch (name) {
    case 'serve':
      return { name, settings: serveSettings(read(commands.serve.settings)) };
    case 'export':
      return { name, settings: read(commands.export.settings) };
    case 'pull':
      return { name, model: operandOf(name, given), settings: read(commands.pull.settings) };
    case 'list':
      return { name, settings: read(commands.list.settings) };
    case 'rm':
      return { name, model: operandOf(name, given), settings: read(commands.rm.settings) };
    case 'init':
      return { name, settings: read(commands.init.settings) };
    case 'eval':
      return { name, settings: read(commands.eval.settings) };
    case 'doctor':
      return { name, settings: read(commands.doctor.settings) };
    case 'cuda':
      read(commands.cuda.settings);
      requireInstall(given.operand);
      return { name };
  }
}

function requireInstall(operand: string | null): void {
  if (operand === 'install') return;
  throw refused(
    operand ?? 'cuda',
    `kvasir cuda${operand === null ? '' : ` ${operand}`}: there is "kvasir cuda install" only`,
  );
}

function operandOf(name: 'pull' | 'rm', { operand }: Words): string {
  if (operand !== null) return operand;
  const { placeholder, accepts } = commands[name].operand;
  throw refused(placeholder, `kvasir ${name} needs a ${placeholder}: ${accepts}`);
}

function serveSettings(given: ServeTableValues): ServeSettings {
  const servedModelName = given.servedModelName || clientsName(given.model);
  return Object.freeze({ ...given, servedModelName });
}

/** The last part of a path or of a name at a hub. */
function clientsName(model: string): string {
  return parseModelName(model)?.repo ?? path.basename(path.resolve(model));
}

/** Whoever names a model without a flag means this one. */
const usualFlags = ['model', 'checkpoint'];

/** What other programs call it. */
const synonyms: ReadonlyMap<string, CommandName> = new Map([
  ['run', 'serve'],
  ['start', 'serve'],
  ['convert', 'export'],
  ['download', 'pull'],
  ['fetch', 'pull'],
  ['get', 'pull'],
  ['ls', 'list'],
  ['models', 'list'],
  ['remove', 'rm'],
  ['delete', 'rm'],
  ['evaluate', 'eval'],
]);

function unknownCommand(given: string, words: readonly string[]): ServeError {
  const names = Object.keys(commands);
  if (given.startsWith('-')) {
    return refused(given, `a command comes before flags, as in: kvasir serve ${words.join(' ')}`);
  }
  const close = synonyms.get(given) ?? nearest(given, names);
  if (close !== null) return unknown('command', given, close);
  return refused(given, `unknown command ${given}: there are ${names.join(', ')}`);
}

function versions({ version, node, onnxRuntime }: Build): string {
  return `kvasir ${version}, on Node ${node} and ONNX Runtime ${onnxRuntime}`;
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
    temporaryDirectory: os.tmpdir(),
  };
}
