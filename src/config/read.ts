// Reads one command's settings from its flags and the environment. A flag wins over its variable, a
// variable over the default; a refusal names the one at fault and what it accepts.

import { ServeError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import type { Machine, Setting } from './kinds.ts';

export type Environment = Readonly<Record<string, string | undefined>>;
export type Table = Readonly<Record<string, Setting<unknown>>>;

export type Values<T> = {
  readonly [K in keyof T]: T[K] extends Setting<infer V> ? V : never;
};

export function variableOf(setting: Pick<Setting<unknown>, 'flag' | 'variable'>): string {
  if (setting.variable !== null) return setting.variable;
  return `KVASIR_${setting.flag.toUpperCase().replaceAll('-', '_')}`;
}

export function readSettings<T extends Table>(
  table: T,
  flags: ReadonlyMap<string, string>,
  environment: Environment,
  machine: Machine,
): Values<T> {
  const entries = Object.entries(table).map(([name, setting]) => {
    return [name, settingValue(setting, flags, environment, machine)] as const;
  });
  return Object.freeze(Object.fromEntries(entries)) as Values<T>;
}

export function requireKnownFlags(flags: ReadonlyMap<string, string>, table: Table): void {
  for (const flag of flags.keys()) requireKnown(flag, Object.values(table));
}

/** Whether it has a value or not: a flag that nobody knows needs none. */
function requireKnown(flag: string, settings: readonly Setting<unknown>[]): void {
  const known = settings.filter(({ from }) => from !== 'variable').map((each) => each.flag);
  if (known.includes(flag)) return;
  const hidden = settings.find((setting) => setting.flag === flag);
  if (hidden === undefined) throw unknown('flag', `--${flag}`, nearest(flag, known));
  throw refused(`--${flag}`, `${hidden.meaning}: set ${variableOf(hidden)}, there is no --${flag}`);
}

function settingValue(
  setting: Setting<unknown>,
  flags: ReadonlyMap<string, string>,
  environment: Environment,
  machine: Machine,
): unknown {
  const flag = flags.get(setting.flag);
  if (flag !== undefined) return parsed(setting, `--${setting.flag}`, flag);
  const variable = variableOf(setting);
  const set = environment[variable] ?? lowerCase(setting, environment);
  if (set !== undefined && set !== '' && !fromKubernetes(set)) {
    return parsed(setting, variable, set);
  }
  if (setting.fallback !== null) return setting.fallback(machine);
  throw refused(
    `--${setting.flag}`,
    `--${setting.flag} (or ${variable}) is required: ${setting.meaning}`,
  );
}

/** Names that others chose are found in lower case, too: `https_proxy`. */
function lowerCase({ variable }: Setting<unknown>, environment: Environment): string | undefined {
  return variable === null ? undefined : environment[variable.toLowerCase()];
}

/** Beside a Service called kvasir, Kubernetes sets KVASIR_PORT=tcp://..., which nobody chose. */
function fromKubernetes(value: string): boolean {
  return /^(tcp|udp|sctp):\/\//.test(value);
}

function parsed(setting: Setting<unknown>, source: string, given: string): unknown {
  const value = setting.parse(given);
  if (value !== undefined) return value;
  const shown = setting.from === 'variable' ? 'something else' : `"${given}"`;
  throw refused(source, `${source} must be ${setting.accepts}, got ${shown}`);
}

/** The names of the flags that may stand alone. */
function switchesOf(table: Table): ReadonlySet<string> {
  const switches = Object.values(table).filter(({ from }) => from === 'switch');
  return new Set(switches.map(({ flag }) => flag));
}

export interface Words {
  readonly flags: ReadonlyMap<string, string>;
  /** What is no flag and belongs to none, where the command takes that. */
  readonly operand: string | null;
}

export interface WordsTable {
  readonly table: Table;
  /** Whether one word may stand without a flag. */
  readonly takesOperand: boolean;
  /** What such a word was meant for where none may; null where nobody can tell. */
  readonly usualFlag: string | null;
}

/**
 * `--name value` and `--name=value`; `--` ends the flags, and a single `-` is none. Null: help was
 * asked for.
 */
export function readWords(
  words: readonly string[],
  { table, takesOperand, usualFlag }: WordsTable,
): Words | null {
  const given = new Map<string, string[]>();
  const switches = switchesOf(table);
  let operand: string | null = null;
  let flagsEnded = false;
  for (let index = 0; index < words.length; index++) {
    const word = words[index]!;
    if (!flagsEnded && (word === '--help' || word === '-h')) return null;
    if (!flagsEnded && word === '--') {
      flagsEnded = true;
      continue;
    }
    const [, name, joined] = (!flagsEnded && /^--([^=]+)(?:=(.*))?$/s.exec(word)) || [];
    if (name === undefined) {
      if (operand !== null) throw oneTooMany(word, operand);
      if (!flagsEnded && /^-./.test(word)) {
        throw refused(word, `"${word}" is not a flag; flags begin with --`);
      }
      if (!takesOperand) {
        const before = words[index - 1] ?? '';
        if (before.startsWith('--') && switches.has(before.slice(2))) {
          throw refused(before, `${before} must be true or false, got "${word}"`);
        }
        const guess = usualFlag === null ? '' : `: did you mean --${usualFlag} ${word}?`;
        throw refused(word, `"${word}" is not a flag${guess || '; flags begin with --'}`);
      }
      operand = word;
      continue;
    }
    if (joined === undefined && switches.has(name) && !isTruth(words[index + 1])) {
      given.set(name, ['true']);
      continue;
    }
    const value = joined ?? words[++index];
    if (value === undefined || (joined === undefined && value.startsWith('--'))) {
      requireKnown(name, Object.values(table));
      const { accepts } = Object.values(table).find(({ flag }) => flag === name)!;
      throw refused(`--${name}`, `--${name} needs a value: ${accepts}`);
    }
    given.set(name, [...(given.get(name) ?? []), value]);
  }
  return { flags: counted(given, table), operand };
}

/** Of a flag given several times the last counts, or all do. */
function counted(
  given: ReadonlyMap<string, readonly string[]>,
  table: Table,
): ReadonlyMap<string, string> {
  const repeating = Object.values(table).filter(({ repeats }) => repeats);
  const entries = [...given].map(([name, values]) => {
    const repeats = values.length > 1 && repeating.some(({ flag }) => flag === name);
    return [name, repeats ? JSON.stringify(values) : values.at(-1)!] as const;
  });
  return new Map(entries);
}

function oneTooMany(word: string, operand: string): ServeError {
  return refused(
    word,
    `"${word}" is one too many after "${operand}": put quotes around words that belong together`,
  );
}

function isTruth(word: string | undefined): boolean {
  return word === 'true' || word === 'false';
}

export function unknown(what: string, given: string, close: string | null): ServeError {
  const prefix = given.startsWith('--') ? '--' : '';
  const guess = close === null ? 'see --help' : `did you mean ${prefix}${close}?`;
  return refused(given, `unknown ${what} ${given}: ${guess}`);
}

export function refused(source: string, message: string): ServeError {
  return new ServeError('invalid_setting', message, source);
}
