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
    'kvasir COMMAND [--flag VALUE ...]',
    '',
    ...lines,
    '',
    'kvasir COMMAND --help lists the settings of a command; kvasir --version says what this is.',
    '',
    'To begin with:',
    '  kvasir serve                  the built-in model on http://127.0.0.1:8000',
    '  kvasir serve --model gpt2     a published one, pulled first where it is not there yet',
  ].join('\n');
}

export interface Described {
  readonly meaning: string;
  /** What stands for the word that the command takes without a flag, and what it may be. */
  readonly operand?: { readonly placeholder: string; readonly accepts: string };
  readonly settings: Table;
  /** The settings under headings, where there are many. */
  readonly groups?: Readonly<Record<string, Table>>;
}

export function commandHelp(
  name: string,
  { meaning, operand, settings, groups = { '': settings } }: Described,
  machine: Machine,
): string {
  const operands = operand === undefined ? '' : ` ${operand.placeholder}`;
  const blocks = [
    `kvasir ${name}${operands}: ${meaning}`,
    ...(operand === undefined ? [] : [`${operand.placeholder} is ${operand.accepts}.`]),
    ...(Object.keys(settings).length === 0
      ? []
      : ['Each flag may be set by its variable instead; the flag wins.']),
    ...Object.entries(groups).flatMap(([heading, table]) => [
      ...(heading === '' ? [] : [heading.toUpperCase()]),
      ...Object.values(table).map((setting) => settingHelp(setting, machine).join('\n')),
    ]),
  ];
  return blocks.join('\n\n');
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
