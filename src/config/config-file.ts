// A file of settings, in JSON: under the names of flags, for every command that has such a flag, and in
// an object named like a command for that command alone.
//
//   { "model": "gpt2", "serve": { "port": 9000, "kv-memory": "3GiB" } }
//
// Names that no command knows are refused, and so are secrets, which have variables. Values are read by
// the same kinds that read flags.

import { manifestFile } from '../../models/manifest.ts';
import type { ServeError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import type { Setting } from './kinds.ts';
import { type FileValue, variableOf } from './locate.ts';
import { refused, type Table } from './read.ts';

/** Read where it lies in the working directory and no other was named. */
export const usualFile = 'kvasir.json';

export interface ConfigText {
  /** As refusals call it. */
  readonly name: string;
  readonly text: string;
  /** Not just found in the working directory. */
  readonly isNamed: boolean;
}

/**
 * What the file says of one command's settings, by flag. `tables`: of every command; null for one whose
 * settings are not all known here, and nobody asks for. Throws `ServeError` (invalid_setting).
 */
export function readConfig(
  file: ConfigText,
  command: string,
  tables: Readonly<Record<string, Table | null>>,
): ReadonlyMap<string, FileValue> {
  const content = contentOf(file);
  if (content === null) return new Map();
  const values = new Map<string, FileValue>();
  const add = (table: Table, place: string, name: string, value: unknown) => {
    const setting = Object.values(table).find(({ flag }) => flag === name);
    if (setting === undefined) return;
    requireSettable(setting, place, file);
    if (value !== null) values.set(name, { value, place });
  };
  const sections: [string, object][] = [];
  for (const [name, value] of Object.entries(content)) {
    if (Object.hasOwn(tables, name) && isObject(value)) sections.push([name, value]);
    else {
      requireKnown(file.name, name, Object.values(tables), Object.keys(tables));
      add(tables[command] ?? {}, file.name, name, value);
    }
  }
  for (const [section, settings] of sections) {
    const place = `${file.name}, ${section}`;
    const table = tables[section];
    if (table === null || table === undefined) continue;
    for (const [name, value] of Object.entries(settings)) {
      requireKnown(place, name, [table], []);
      if (section === command) add(table, place, name, value);
    }
  }
  return values;
}

/** Null for what has the usual name and is another thing: an artifact says of itself what it is. */
function contentOf({ name, text, isNamed }: ConfigText): object | null {
  const file = isNamed ? `--config: ${name}` : name;
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw refused(name, `${file} is no JSON: ${(error as Error).message}`);
  }
  if (!isObject(content)) {
    throw refused(name, `${file} must hold an object of settings, as in {"model": "gpt2"}`);
  }
  if (!('signatureVersion' in content)) return content;
  if (!isNamed && usualFile === manifestFile) return null;
  throw refused(name, `${file} is not a file of settings: it says what an artifact is`);
}

function requireKnown(
  place: string,
  name: string,
  tables: readonly (Table | null)[],
  sections: readonly string[],
): void {
  const settings = tables.flatMap((table) => Object.values(table ?? {}));
  const known = settings.map(({ flag }) => flag);
  if (known.includes(name)) return;
  if (sections.includes(name)) {
    throw refused(name, `${place}: "${name}" must be an object of that command's settings`);
  }
  const meant = settings.find((setting) => variableOf(setting) === name);
  if (meant?.from === 'variable') throw notForFiles(meant, place);
  const close = meant?.flag ?? nearest(name, [...known, ...sections]);
  const hint = close === null ? 'see "kvasir help COMMAND"' : `did you mean "${close}"?`;
  throw refused(name, `${place} has an unknown setting "${name}": ${hint}`);
}

function requireSettable(setting: Setting<unknown>, place: string, { isNamed }: ConfigText): void {
  const { flag, from, isGuarded } = setting;
  if (from === 'variable') throw notForFiles(setting, place);
  if (isGuarded && !isNamed) {
    throw refused(
      flag,
      `${place}: ${flag} is not taken from a file that just lies here, since keys or machine code may ` +
        `depend on it: name the file with --config, or set ${variableOf(setting)}`,
    );
  }
}

function notForFiles(secret: Setting<unknown>, place: string): ServeError {
  const { flag } = secret;
  return refused(
    flag,
    `${place}: ${flag} is not for files, which get about: set ${variableOf(secret)}`,
  );
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
