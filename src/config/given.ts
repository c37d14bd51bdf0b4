// What may give a setting its value: flags, the environment, and the file of settings.

import { readFileSync } from 'node:fs';
import { whyUnreadable } from '../setting-file.ts';
import { configFile } from './common-table.ts';
import { type ConfigText, readConfig, usualFile } from './config-file.ts';
import type { Machine } from './kinds.ts';
import type { Environment, Given } from './locate.ts';
import { refused, settingValue, type Table } from './read.ts';

/** The text of a file; null where there is none. */
export type ReadFile = (file: string) => string | null;

interface Around {
  readonly environment: Environment;
  readonly machine: Machine;
  readonly readFile: ReadFile;
}

/** Throws `ServeError` (invalid_setting) for a file that is missing where one was named, or is wrong. */
export function givenTo(
  command: string,
  flags: ReadonlyMap<string, string>,
  { environment, machine, readFile }: Around,
  tables: Readonly<Record<string, Table | null>>,
): Given {
  const alone: Given = { flags, environment, file: new Map(), machine };
  const file = configText(settingValue(configFile, alone) as string, readFile);
  return file === null ? alone : { ...alone, file: readConfig(file, command, tables) };
}

/** `named`: '' where none was. */
function configText(named: string, readFile: ReadFile): ConfigText | null {
  const name = named || usualFile;
  const text = readFile(name);
  if (text !== null) return { name, text, isNamed: named !== '' };
  if (named === '') return null;
  throw refused('--config', `--config ${name}: there is no such file`);
}

export function textOf(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    const wanted = 'it must be a JSON file with settings';
    throw refused('--config', `--config: ${file} ${whyUnreadable(error)}; ${wanted}`);
  }
}
