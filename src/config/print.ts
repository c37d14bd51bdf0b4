// `--print-config`: every setting of a command with its value and where that came from. Secrets stay
// hidden.

import type { Paint } from './help.ts';
import type { Setting } from './kinds.ts';
import { type Given, locate, variableOf } from './locate.ts';
import { settingValue, type Table } from './read.ts';

interface Printed {
  readonly setting: string;
  /** Null where nothing is set, or what is set is hidden. */
  readonly value: string | null;
  readonly from: 'flag' | 'variable' | 'file' | 'default' | 'required';
  /** The flag, variable or place in a file; of a default, why it is that one. */
  readonly source: string | null;
}

/** Throws `ServeError` (invalid_setting) for values that cannot be. */
export function printConfig(table: Table, given: Given, isJson: boolean, paint: Paint): string {
  const printed = Object.values(table).map((setting) => printedOf(setting, given));
  if (isJson) return JSON.stringify(printed, null, 2);
  const rows = printed.map(({ setting, value, from, source }) => [
    setting,
    value ?? (from === 'default' ? '-' : from === 'required' ? 'must be given' : '(hidden)'),
    sourceWords(from, source),
  ]);
  const [heads, ...lines] = columns([['SETTING', 'VALUE', 'FROM'], ...rows]);
  // What somebody chose stands out.
  const painted = lines.map((line, at) =>
    printed[at]!.from === 'default' ? paint('dim', line) : line,
  );
  return [paint('bold', heads!), ...painted].join('\n');
}

function printedOf(setting: Setting<unknown>, given: Given): Printed {
  const isSecret = setting.from === 'variable';
  const name = isSecret ? variableOf(setting) : setting.flag;
  const located = locate(setting, given);
  if (located.from === 'nowhere') {
    const { fallback, because, show } = setting;
    if (fallback === null) return { setting: name, value: null, from: 'required', source: null };
    const shown = show(fallback(given.machine)) || null;
    return { setting: name, value: shown, from: 'default', source: because };
  }
  const value = settingValue(setting, given);
  return {
    setting: name,
    value: isSecret ? null : setting.show(value),
    from: located.from,
    source: located.from === 'file' ? located.place : located.name,
  };
}

function sourceWords(from: Printed['from'], source: string | null): string {
  if (from === 'default') return source === null ? 'default' : `default: ${source}`;
  return source ?? '';
}

/** The last column is as wide as it is, and one far too wide does not push the others away. */
function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  const cell = (text: string, at: number) => text.padEnd(Math.min(widths[at]!, 40));
  return rows.map((row) => row.map(cell).join('  ').trimEnd());
}
