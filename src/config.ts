// The settings of every command, read once and frozen. The only place that looks at the environment:
// what follows from it and from the machine is worked out here and handed on as plain values.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Build, thisBuild } from './build.ts';
import { isCommand, unknownCommand } from './config/command-names.ts';
import { commonFor } from './config/common-table.ts';
import { usualFile } from './config/config-file.ts';
import {
  describedWith,
  type FurtherSettings,
  nothingFurther,
  tablesWith,
} from './config/further.ts';
import { givenTo, textOf } from './config/given.ts';
import { commandHelp, overview, type Paint } from './config/help.ts';
import type { Machine } from './config/kinds.ts';
import { type Environment, type Given, locate } from './config/locate.ts';
import { thisMachine } from './config/machine.ts';
import { operandOf, requireInstall, shellOf } from './config/operands.ts';
import { readOptions } from './config/options.ts';
import { printConfig } from './config/print.ts';
import {
  readSettings,
  readWords,
  refused,
  requireKnownFlags,
  type Table,
  type Values,
  type Words,
} from './config/read.ts';
import {
  type BenchSettings,
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
  type Shell,
} from './config/table.ts';
import { parseModelName } from './hub/model-name.ts';

export type {
  BenchSettings,
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
export type { FurtherSettings };

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
  | { readonly name: 'bench'; readonly settings: BenchSettings }
  | { readonly name: 'doctor'; readonly settings: DoctorSettings }
  | { readonly name: 'cuda' }
  | { readonly name: 'completion'; readonly shell: Shell }
  | { readonly name: 'help'; readonly text: string };

/**
 * Whether `readCommand` must be handed the further settings: for their own command, and where a file may
 * have some of them beside those of any other.
 */
export function needsFurther(
  words: readonly string[],
  environment: Environment = process.env,
  isThere: (file: string) => boolean = existsSync,
): boolean {
  return (
    words.slice(0, 2).includes('generate') ||
    words.some((word) => word.startsWith('--config')) ||
    (environment['KVASIR_CONFIG'] ?? '') !== '' ||
    isThere(usualFile)
  );
}

/** What reading a command line depends on besides its words. */
export interface Surroundings {
  readonly environment: Environment;
  readonly machine: Machine;
  readonly further: FurtherSettings;
  /** The text of a file; null where there is none. */
  readonly readFile: (file: string) => string | null;
  readonly paint: Paint;
  /** Columns of the terminal that help is written to; null where it is none. */
  readonly width: number | null;
}

/** What the words after `kvasir` ask for. Throws `ServeError` (invalid_setting). */
export function readCommand(words: readonly string[], given: Partial<Surroundings> = {}): Command {
  const { environment = process.env } = given;
  return readWith(words, {
    machine: thisMachine(environment),
    further: nothingFurther,
    readFile: textOf,
    paint: (_, text) => text,
    width: null,
    ...given,
    environment,
  });
}

function readWith(words: readonly string[], surroundings: Surroundings): Command {
  const { machine, further, paint } = surroundings;
  const [name = 'help', ...rest] = words;
  if (['help', '--help', '-h'].includes(name)) {
    const [subject] = rest;
    if (subject === undefined || subject.startsWith('-')) {
      return { name: 'help', text: overview(commands, surroundings) };
    }
    return readWith([subject, '--help'], surroundings);
  }
  if (['version', '--version', '-v', '-V'].includes(name)) {
    return { name: 'help', text: versions(thisBuild()) };
  }
  if (!isCommand(name)) throw unknownCommand(name, words);
  const described = describedWith(commands[name], name === 'generate' ? further : nothingFurther);
  const { settings } = described;
  const common = commonFor(settings);
  const table = { ...common, ...settings };
  const usualFlag = usualFlags.find((flag) => Object.values(settings).some((s) => s.flag === flag));
  const takesOperand = described.operand !== undefined;
  const said = readWords(rest, { table, takesOperand, usualFlag: usualFlag ?? null });
  if (said === null)
    return { name: 'help', text: commandHelp(name, described, machine, surroundings) };
  requireKnownFlags(said.flags, table);
  const given = givenTo(name, said.flags, surroundings, tablesWith(further));
  if (said.flags.get('print-config') === 'true') {
    return { name: 'help', text: printConfig(settings, given, said.flags.has('json'), paint) };
  }
  if (said.flags.has('json') && 'json' in common && !('json' in settings)) {
    throw refused('--json', '--json goes with --print-config here');
  }
  const command = readNamed(name, said, given, further);
  sources.set(command, (flag) => {
    const setting = Object.values(settings).find((each) => `--${each.flag}` === flag);
    const located = setting && locate(setting, given);
    if (located === undefined || located.from === 'nowhere') return null;
    return located.from === 'file' ? located.place : located.name;
  });
  return command;
}

/** Of each command that was read. */
const sources = new WeakMap<Command, (flag: string) => string | null>();

/** Where a setting of it came from, like `KVASIR_PORT`; null where nobody gave it. `flag`: `--port`. */
export function sourceOf(command: Command, flag: string): string | null {
  return sources.get(command)?.(flag) ?? null;
}

function readNamed(
  name: Exclude<Command['name'], 'help'>,
  said: Words,
  given: Given,
  further: FurtherSettings,
): Command {
  const read = <T extends Table>(table: T) => readSettings(table, given);
  switch (name) {
    case 'serve':
      return { name, settings: serveSettings(read(commands.serve.settings)) };
    case 'generate':
      return {
        name,
        prompt: said.operand,
        settings: read(commands.generate.settings),
        body: present(read(further.table)),
      };
    case 'export':
      return { name, settings: read(commands.export.settings) };
    case 'pull':
      return { name, model: operandOf(name, said), settings: read(commands.pull.settings) };
    case 'list':
      return { name, settings: read(commands.list.settings) };
    case 'rm':
      return { name, model: operandOf(name, said), settings: read(commands.rm.settings) };
    case 'init':
      return { name, settings: read(commands.init.settings) };
    case 'eval':
      return { name, settings: read(commands.eval.settings) };
    case 'bench':
      return { name, settings: read(commands.bench.settings) };
    case 'doctor':
      return { name, settings: read(commands.doctor.settings) };
    case 'cuda':
      requireInstall(said.operand);
      return { name };
    case 'completion':
      return { name, shell: shellOf(said.operand) };
  }
}

function present(values: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function serveSettings(given: ServeTableValues): ServeSettings {
  const servedModelName = given.servedModelName || clientsName(given.model);
  return Object.freeze({ ...given, servedModelName });
}

/**
 * What a program gives that uses Kvasir as a library. It decides for itself what KVASIR_ variables mean
 * to it; those that programs share, like HF_TOKEN and HTTPS_PROXY, count where it says nothing else.
 */
export function readGivenOptions<T extends Table>(table: T, options: object): Values<T> {
  const { env } = process;
  const shared = Object.entries(env).filter(([name]) => !name.startsWith('KVASIR_'));
  return readOptions(table, options, Object.fromEntries(shared), thisMachine(env));
}

/** The last part of a path or of a name at a hub. */
export function clientsName(model: string): string {
  return parseModelName(model)?.repo ?? path.basename(path.resolve(model));
}

/** Whoever names a model without a flag means this one. */
const usualFlags = ['model', 'checkpoint'];

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

/** Whether a line that was written there can be written again, over itself. */
export function redraws(
  output: { readonly isTTY?: boolean },
  environment: Environment = process.env,
): boolean {
  return output.isTTY === true && environment['TERM'] !== 'dumb';
}
