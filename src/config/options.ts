// A table's settings as a program gives them, by name and in JavaScript's own types, instead of as
// words: `kvMemory: '2GiB'` is `--kv-memory 2GiB`. What is accepted, and how a refusal says it, is the
// same.

import { nearest } from '../nearest.ts';
import type { Machine, Setting } from './kinds.ts';
import type { Environment } from './locate.ts';
import { accepted, refused, settingValue, type Table, type Values } from './read.ts';

/** `--kv-memory` is `kvMemory`. */
export function optionName(flag: string): string {
  return flag.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** What is undefined, or an empty list, counts as left out. Throws `ServeError`: invalid_setting. */
export function readOptions<T extends Table>(
  table: T,
  options: object,
  environment: Environment,
  machine: Machine,
): Values<T> {
  const given = new Map(Object.entries(options).filter(([, value]) => isGiven(value)));
  const known = Object.values(table).map(({ flag }) => optionName(flag));
  for (const name of given.keys()) {
    if (known.includes(name)) continue;
    const close = nearest(name, known);
    const guess = close === null ? `there are ${known.join(', ')}` : `did you mean ${close}?`;
    throw refused(name, `unknown option ${name}: ${guess}`);
  }
  const unsaid = { flags: new Map(), environment, file: new Map(), machine };
  const entries = Object.entries(table).map(([key, setting]) => {
    const name = optionName(setting.flag);
    const value = given.get(name);
    const read = given.has(name)
      ? accepted(setting, name, readable(setting, value), value)
      : settingValue(setting, unsaid);
    return [key, read] as const;
  });
  return Object.freeze(Object.fromEntries(entries)) as Values<T>;
}

function isGiven(value: unknown): boolean {
  return value !== undefined && !(Array.isArray(value) && value.length === 0);
}

/** As a file would have it; secrets, which no file has, as their variables. */
function readable(setting: Setting<unknown>, value: unknown): unknown {
  if (setting.from !== 'variable') return setting.fromJson(value);
  const isText = typeof value === 'string' || typeof value === 'boolean' || isList(value);
  return isText ? setting.parse(String(value)) : undefined;
}

/** Of one secret an item: a comma would make two of it, and shorter ones. */
function isList(value: unknown): value is readonly string[] {
  return (
    Array.isArray(value) &&
    value.every((item) => typeof item === 'string' && item !== '' && !item.includes(','))
  );
}
