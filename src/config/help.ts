// The text of `--help`, from the table alone: unit, limits and default stand where the settings do.

import { commonFor } from './common-table.ts';
import type { Machine, Setting } from './kinds.ts';
import { variableOf } from './locate.ts';
import type { Table } from './read.ts';

/** Colours where they are wanted. */
export type Paint = (format: 'bold' | 'dim' | 'cyan', text: string) => string;

/** A command line and what it does. */
export type Example = readonly [line: string, effect: string];

const width = 100;

const firstSteps: readonly Example[] = [
  ['kvasir generate "Once upon a time"', 'the built-in model continues a text, here and now'],
  ['kvasir serve', 'it listens on http://127.0.0.1:8000'],
  ['kvasir serve --model gpt2', 'a published model, pulled first where it is not there yet'],
];

const further: readonly Example[] = [
  ['kvasir help COMMAND', 'every setting of a command, with its limits and its default'],
  ['kvasir --version', 'what this is'],
];

export function overview(
  commands: Readonly<Record<string, { readonly meaning: string }>>,
  paint: Paint,
): string {
  const lines = Object.entries(commands).map(([name, { meaning }]) => [name, meaning] as const);
  const sections = [
    `${paint('bold', 'kvasir')}: a text-generation server for GPT-2`,
    'kvasir COMMAND [--flag VALUE ...]',
    section('Commands', columns(lines, paint), paint),
    section('To begin with', columns(firstSteps, paint), paint),
    section('Further', columns(further, paint), paint),
  ];
  return sections.join('\n\n');
}

export interface Described {
  readonly meaning: string;
  /** What stands for the word that the command takes without a flag, and what it may be. */
  readonly operand?: { readonly placeholder: string; readonly accepts: string };
  readonly settings: Table;
  /** The settings under headings, where there are many. */
  readonly groups?: Readonly<Record<string, Table>>;
  readonly examples?: readonly Example[];
}

export function commandHelp(
  name: string,
  { meaning, operand, settings, groups = { '': settings }, examples = [] }: Described,
  machine: Machine,
  paint: Paint,
): string {
  const operands = operand === undefined ? '' : ` ${operand.placeholder}`;
  const blocks = [
    `${paint('bold', `kvasir ${name}${operands}`)}: ${meaning}`,
    ...(operand === undefined
      ? []
      : [wrapped(`${operand.placeholder} is ${operand.accepts}.`, '')]),
    ...(examples.length === 0 ? [] : [section('As in', columns(examples, paint), paint)]),
    ...Object.entries({ ...groups, 'For every command': commonFor(settings) }).flatMap(
      ([title, table]) => {
        const entries = Object.values(table).map((setting) => settingHelp(setting, machine, paint));
        return entries.length === 0 ? [] : [section(title, entries.join('\n'), paint)];
      },
    ),
    paint(
      'dim',
      'A flag wins over its variable, a variable over kvasir.json, that over the default.',
    ),
  ];
  return blocks.join('\n\n');
}

function section(title: string, body: string, paint: Paint): string {
  return title === '' ? body : `${paint('bold', title.toUpperCase())}\n${body}`;
}

function columns(lines: readonly Example[], paint: Paint): string {
  const longest = Math.max(...lines.map(([name]) => name.length));
  const indent = ' '.repeat(longest + 4);
  return lines
    .map(([name, meaning]) => {
      const rest = wrapped(meaning, indent).slice(indent.length);
      return `  ${paint('cyan', name)}${' '.repeat(longest - name.length)}  ${rest}`;
    })
    .join('\n');
}

function settingHelp(setting: Setting<unknown>, machine: Machine, paint: Paint): string {
  const { flag, from, placeholder, meaning, accepts } = setting;
  const variable = variableOf(setting);
  const name =
    from === 'variable'
      ? paint('cyan', variable)
      : `${paint('cyan', `--${flag}`)} ${placeholder}${variable === '' ? '' : `    ${paint('dim', variable)}`}`;
  const limits = wrapped(`${accepts}; ${defaultOf(setting, machine)}`, '      ');
  return [`  ${name}`, wrapped(meaning, '      '), paint('dim', limits)].join('\n');
}

function defaultOf({ fallback, because, show }: Setting<unknown>, machine: Machine): string {
  if (fallback === null) return 'required';
  const value = show(fallback(machine));
  if (because === null) return `default ${value}`;
  return value === '' ? `default: ${because}` : `default ${value}, ${because}`;
}

/** Lines of at most so many columns, where the words allow that. */
function wrapped(text: string, indent: string): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    const isFirst = line === indent;
    if (!isFirst && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent + word;
    } else line += isFirst ? word : ` ${word}`;
  }
  return [...lines, line].join('\n');
}
