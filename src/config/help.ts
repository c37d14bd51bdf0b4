// The text of `--help`, from the table alone: unit, limits and default stand where the settings do.

import type { Machine, Setting } from './kinds.ts';
import { type Table, variableOf } from './read.ts';

export function overview(commands: Readonly<Record<string, { readonly meaning: string }>>): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  const lines = Object.entries(commands).map(
    ([name, { meaning }]) => `  ${name.padEnd(width)}  ${meaning}`,
  );
  return [
    'kvasir: a text-generation server for GPT-2',
    '',
    ...lines,
    '',
    'kvasir COMMAND --help lists the settings of a command.',
    '',
  ].join('\n');
}

export function commandHelp(name: string, meaning: string, table: Table, machine: Machine): string {
  return [
    `kvasir ${name}: ${meaning}`,
    '',
    'Each flag may be set by its variable instead; the flag wins.',
    '',
    ...Object.values(table).flatMap((setting) => [...settingHelp(setting, machine), '']),
  ].join('\n');
}

function settingHelp(setting: Setting<unknown>, machine: Machine): string[] {
  const flag = setting.from === 'variable' ? '' : `--${setting.flag} ${setting.placeholder}    `;
  return [
    `  ${flag}${variableOf(setting)}`,
    `      ${setting.meaning}`,
    `      ${setting.accepts}; ${defaultOf(setting, machine)}`,
  ];
}

function defaultOf({ fallback, because, show }: Setting<unknown>, machine: Machine): string {
  if (fallback === null) return 'required';
  const value = show(fallback(machine));
  if (because === null) return `default ${value}`;
  return value === '' ? `default: ${because}` : `default ${value}, ${because}`;
}
