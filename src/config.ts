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
  requireKnownFlags,
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
  type GenerateSettings,
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
  GenerateSettings,
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
  | {
      readonly name: 'generate';
      /** Null: to be read from standard input, where nothing else was said. */
      readonly prompt: string | null;
      readonly settings: GenerateSettings;
      /** Of the API's completions: the fields that were given. */
      readonly body: Readonly<Record<string, unknown>>;
    }
  | { readonly name: 'export'; readonly settings: ExportSettings }
  | { readonly name: 'init'; readonly settings: InitSettings }
  | { readonly name: 'eval'; readonly settings: EvalSettings }
  | { readonly name: 'pull'; readonly model: string; readonly settings: PullSettings }
  | { readonly name: 'list'; readonly settings: ListSettings }
  | { readonly name: 'rm'; readonly model: string; readonly settings: RemoveSettings }
  | { readonly name: 'doctor'; readonly settings: DoctorSettings }
  | { readonly name: 'cuda' }
  | { readonly name: 'help'; readonly text: string };

/** Settings that are made from what only some commands load. */
export interface FurtherSettings {
  readonly table: Table;
  readonly groups: Readonly<Record<string, Table>>;
}

const nothingFurther: FurtherSettings = { table: {}, groups: {} };

/** The command that further settings are for, and must be handed to `readCommand` with. */
export function needsFurther(words: readonly string[]): boolean {
  return words.slice(0, 2).includes('generate');
}

/** What the words after `kvasir` ask for. Throws `ServeError` (invalid_setting). */
export function readCommand(
  words: readonly string[],
  environment: Environment = process.env,
  machine: Machine = thisMachine(environment),
  further: FurtherSettings = nothingFurther,
): Command {
  const [name = 'help', ...rest] = words;
  if (['help', '--help', '-h'].includes(name)) {
    const [subject] = rest;
    if (subject === undefined || subject.startsWith('-')) {
      return { name: 'help', text: overview(commands) };
    }
    return readCommand([subject, '--help'], environment, machine, further);
  }
  if (['version', '--version', '-v', '-V'].includes(name)) {
    return { name: 'help', text: versions(thisBuild()) };
  }
  if (!isCommand(name)) throw unknownCommand(name, words);
  const described = describedWith(commands[name], name === 'generate' ? further : nothingFurther);
  const { settings } = described;
  const usualFlag = usualFlags.find((flag) => Object.values(settings).some((s) => s.flag === flag));
  const takesOperand = described.operand !== undefined;
  const given = readWords(rest, { table: settings, takesOperand, usualFlag: usualFlag ?? null });
  if (given === null) return { name: 'help', text: commandHelp(name, described, machine) };
  const { flags } = given;
  requireKnownFlags(flags, settings);
  const read = <T extends Table>(table: T) => readSettings(table, flags, environment, machine);
  switch (name) {
    case 'serve':
      return { name, settings: serveSettings(read(commands.serve.settings)) };
    case 'generate':
      return {
        name,
        prompt: given.operand,
        settings: read(commands.generate.settings),
        body: present(read(further.table)),
      };
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

function describedWith(described: Described, { table, groups }: FurtherSettings): Described {
  if (Object.keys(table).length === 0) return described;
  return {
    ...described,
    settings: { ...table, ...described.settings },
    groups: { ...groups, ...described.groups },
  };
}

function present(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
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

/** Whether what is written there should have colours. */
export function takesColour(
  output: { readonly isTTY?: boolean },
  environment: Environment = process.env,
): boolean {
  const { FORCE_COLOR: forced, NO_COLOR: refusedColour, TERM: terminal } = environment;
  if (forced !== undefined) return !['0', 'false'].includes(forced);
  if (refusedColour !== undefined && refusedColour !== '') return false;
  return output.isTTY === true && terminal !== 'dumb';
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
