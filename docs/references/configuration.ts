// docs/configuration.md: every setting of every command, from the table that the commands read.

import { allCommands } from '../../src/cli/all-commands.ts';
import { commonFor } from '../../src/config/common-table.ts';
import type { Described } from '../../src/config/help.ts';
import type { Machine, Setting } from '../../src/config/kinds.ts';
import { variableOf } from '../../src/config/locate.ts';
import type { Table } from '../../src/config/read.ts';
import { table } from './table.ts';

const small: Machine = {
  processorCount: 2,
  memoryBytes: 8 * 1024 ** 3,
  cacheDirectory: '~/.cache/kvasir',
  temporaryDirectory: '/tmp',
};
const large: Machine = { ...small, processorCount: 64, memoryBytes: 512 * 1024 ** 3 };

const introduction = `# Configuration

<!-- Written by "npm run docs" from src/config; changes belong there. -->

Every setting is a flag and an environment variable, and may stand in a [file](command-line.md#a-file-of-settings); the flag wins over the variable, the variable over the file, the file over the default. \`kvasir COMMAND --help\` prints the same, with the defaults of your machine. What several commands have in common is said once, at the first of them. What the settings of \`serve\` trade is on [another page](tuning.md).`;

export function configurationPage(): string {
  const said = new Map<Setting<unknown>, string>();
  const sections = Object.entries(allCommands).map(([name, command]) =>
    commandSection(name, command, said),
  );
  const everywhere = ['## Every command', settingTable(Object.values(commonFor({})))].join('\n\n');
  return `${[introduction, ...sections, everywhere].join('\n\n')}\n`;
}

/** `said`: settings that an earlier command has, and its name. Those of this one are added. */
function commandSection(
  name: string,
  { meaning, operand, settings, groups = { '': settings } }: Described,
  said: Map<Setting<unknown>, string>,
): string {
  const usage = operand === undefined ? '' : ` \`${operand.placeholder}\` is ${operand.accepts}.`;
  const parts = [`## kvasir ${name}`, `${sentence(meaning)}${usage}`];
  const known = Object.values(settings).filter((setting) => said.has(setting));
  for (const [heading, group] of Object.entries(groups)) {
    const fresh = Object.values(group).filter((setting) => !said.has(setting));
    if (fresh.length === 0) continue;
    if (heading !== '') parts.push(`### ${heading}`);
    parts.push(settingTable(fresh));
  }
  for (const setting of Object.values(settings)) if (!said.has(setting)) said.set(setting, name);
  for (const [owner, names] of byOwner(known, said)) {
    const lead = parts.length > 2 ? 'And as' : 'As';
    parts.push(`${lead} for [\`${owner}\`](#kvasir-${owner}): ${names.join(', ')}.`);
  }
  return parts.join('\n\n');
}

function byOwner(
  known: readonly Setting<unknown>[],
  said: ReadonlyMap<Setting<unknown>, string>,
): ReadonlyMap<string, readonly string[]> {
  const owners = new Map<string, string[]>();
  for (const setting of known) {
    const owner = said.get(setting)!;
    owners.set(owner, [...(owners.get(owner) ?? []), `\`${nameOf(setting)}\``]);
  }
  return owners;
}

function settingTable(settings: Table[string][]): string {
  const rows = settings.map((setting) => [
    setting.from === 'variable' ? 'none' : `\`--${setting.flag}\``,
    variableOf(setting) === '' ? 'none' : `\`${variableOf(setting)}\``,
    sentence(setting.meaning),
    setting.accepts,
    defaultOf(setting),
  ]);
  return table(['flag', 'variable', 'meaning', 'values', 'default'], rows);
}

function nameOf(setting: Setting<unknown>): string {
  return setting.from === 'variable' ? variableOf(setting) : `--${setting.flag}`;
}

/** What it is on every machine; or, in words, what it follows from. */
function defaultOf({ fallback, because, show }: Setting<unknown>): string {
  if (fallback === null) return 'required';
  const value = show(fallback(small));
  if (value !== show(fallback(large))) return because ?? 'depends on the machine';
  if (value === '' || value === 'none') return because ?? 'none';
  return because === null ? `\`${value}\`` : `\`${value}\`: ${because}`;
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}.`;
}
