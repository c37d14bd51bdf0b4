// Settings of `kvasir generate` that are the API's fields: made from what only some commands load, and
// so not among the tables.

import type { Described } from './help.ts';
import type { Table } from './read.ts';
import { commands } from './table.ts';

/** Settings that are made from what only some commands load. */
export interface FurtherSettings {
  readonly table: Table;
  readonly groups: Readonly<Record<string, Table>>;
}

export const nothingFurther: FurtherSettings = { table: {}, groups: {} };

export function describedWith(described: Described, { table, groups }: FurtherSettings): Described {
  if (Object.keys(table).length === 0) return described;
  return {
    ...described,
    settings: { ...table, ...described.settings },
    groups: { ...groups, ...described.groups },
  };
}

/** Of every command; null where not all of its settings are known here. */
export function tablesWith({ table }: FurtherSettings): Readonly<Record<string, Table | null>> {
  const tables = Object.entries(commands).map(([name, { settings }]) => [name, settings] as const);
  const isWhole = Object.keys(table).length > 0;
  const generate = isWhole ? { ...table, ...commands.generate.settings } : null;
  return { ...Object.fromEntries(tables), generate };
}
