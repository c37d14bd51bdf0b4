// Reads one command's settings from its flags, the environment and a file, and the words of a command
// line into flags. A refusal names the one at fault and what it accepts.

import { ServeError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import type { Setting } from './kinds.ts';
import { type Given, locate, variableOf } from './locate.ts';

export type Table = Readonly<Record<string, Setting<unknown>>>;

export type Values<T> = {
  readonly [K in keyof T]: T[K] extends Setting<infer V> ? V : never;
};

export function readSettings<T extends Table>(table: T, given: Given): Values<T> {
  const entries = Object.entries(table).map(([name, setting]) => {
    return [name, settingValue(setting, given)] as const;
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

export function settingValue(setting: Setting<unknown>, given: Given): unknown {
  const located = locate(setting, given);
  if (located.from === 'file') {
    return accepted(setting, located.name, setting.fromJson(located.value), located.value);
  }
  if (located.from !== 'nowhere') {
    return accepted(setting, located.name, setting.parse(located.text), located.text);
  }
  if (setting.fallback !== null) return setting.fallback(given.machine);
  throw refused(
    `--${setting.flag}`,
    `--${setting.flag} (or ${variableOf(setting)}) is required: ${setting.meaning}`,
  );
}

/** `value`: what was made of what was given; undefined where nothing could be. */
export function accepted(
  setting: Setting<unknown>,
  source: string,
  value: unknown,
  given: unknown,
): unknown {
  if (value !== undefined) return value;
  const shown = setting.from === 'variable' ? 'something else' : JSON.stringify(given);
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
      requireWhole(words.slice(Math.max(0, index - 2), index + 1), table);
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

/** `--kv-memory 2 GiB`, the last three words: the unit is not another word. */
function requireWhole([flag = '', amount = '', unit = '']: readonly string[], table: Table): void {
  const setting = Object.values(table).find((each) => `--${each.flag}` === flag);
  if (setting === undefined || !['BYTES', 'SHARE'].includes(setting.placeholder)) return;
  if (!/^[\d.]+$/.test(amount) || !/^[kmgt]i?b?$|^b(ytes)?$/i.test(unit)) return;
  const guess = /^[kmgt]/i.test(unit) ? `${amount}${unit[0]!.toUpperCase()}iB` : amount;
  throw refused(flag, `${flag} ${amount} ${unit}: write it as one word, as in ${flag} ${guess}`);
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
