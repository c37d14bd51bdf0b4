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

export interface Described {
  readonly meaning: string;
  /** What stands for the word that the command takes without a flag, and what it may be. */
  readonly operand?: { readonly placeholder: string; readonly accepts: string };
  readonly settings: Table;
}

export function commandHelp(
  name: string,
  { meaning, operand, settings }: Described,
  machine: Machine,
): string {
  const operands = operand === undefined ? '' : ` ${operand.placeholder}`;
  return [
    `kvasir ${name}${operands}: ${meaning}`,
    ...(operand === undefined ? [] : ['', `${operand.placeholder} is ${operand.accepts}.`]),
    '',
    'Each flag may be set by its variable instead; the flag wins.',
    '',
    ...Object.values(settings).flatMap((setting) => [...settingHelp(setting, machine), '']),
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
