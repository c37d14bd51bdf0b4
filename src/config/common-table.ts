// What every command takes besides its own settings.

import { text, toggle } from './kinds.ts';
import type { Table } from './read.ts';

export const configFile = text('config', {
  meaning: 'file with settings: {"model": "gpt2", "serve": {"port": 9000}}',
  placeholder: 'FILE',
  accepts: 'a file',
  fallback: '',
  because: 'kvasir.json in the working directory, where there is one',
});

const printConfig = toggle('print-config', {
  meaning: 'prints every setting with its value and where that comes from, and does nothing else',
  variable: '',
});

const json = toggle('json', { meaning: 'with --print-config: as JSON', variable: '' });

const common = { configFile, printConfig };

/** `own`: the command's settings; one that has a --json of its own keeps it. */
export function commonFor(own: Table): Table {
  const hasJson = Object.values(own).some(({ flag }) => flag === json.flag);
  return hasJson ? common : { ...common, json };
}
