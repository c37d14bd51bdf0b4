// The text of `--help`, from the table alone: unit, limits and default stand where the settings do.

import { commonFor } from './common-table.ts';
import type { Machine, Setting } from './kinds.ts';
import { variableOf } from './locate.ts';
import type { Table } from './read.ts';

/** Colours where they are wanted. */
export type Paint = (format: 'bold' | 'dim' | 'cyan', text: string) => string;

/** A command line and what it does. */
export type Example = readonly [line: string, effect: string];

/** Longer lines are hard to read, however wide a terminal is. */
const widest = 100;
/** Fewer columns than this are no room for an explanation beside a name. */
const leastBeside = 30;

/** How a help is written out. */
export interface Writing {
  readonly paint: Paint;
  /** Of a terminal; null where there is none. */
  readonly width: number | null;
}

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
  writing: Writing,
): string {
  const { paint } = writing;
  const lines = Object.entries(commands).map(([name, { meaning }]) => [name, meaning] as const);
  const sections = [
    heading('kvasir', 'a text-generation server for GPT-2', writing),
    'kvasir COMMAND [--flag VALUE ...]',
    section('Commands', columns(lines, writing), paint),
    section('To begin with', columns(firstSteps, writing), paint),
    section('Further', columns(further, writing), paint),
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
  writing: Writing,
): string {
  const { paint } = writing;
  const operands = operand === undefined ? '' : ` ${operand.placeholder}`;
  const blocks = [
    heading(`kvasir ${name}${operands}`, meaning, writing),
    ...(operand === undefined
      ? []
      : [wrapped(`${operand.placeholder} is ${operand.accepts}.`, '', writing)]),
    ...(examples.length === 0 ? [] : [section('As in', columns(examples, writing), paint)]),
    ...Object.entries({ ...groups, 'For every command': commonFor(settings) }).flatMap(
      ([title, table]) => {
        const entries = Object.values(table).map((setting) =>
          settingHelp(setting, machine, writing),
        );
        return entries.length === 0 ? [] : [section(title, entries.join('\n'), paint)];
      },
    ),
    paint(
      'dim',
      wrapped(
        'A flag wins over its variable, a variable over kvasir.json, that over the default.',
        '',
        writing,
      ),
    ),
  ];
  return blocks.join('\n\n');
}

function heading(name: string, meaning: string, writing: Writing): string {
  const lines = wrapped(`${name}: ${meaning}`, '', writing);
  return writing.paint('bold', name) + lines.slice(name.length);
}

function section(title: string, body: string, paint: Paint): string {
  return title === '' ? body : `${paint('bold', title.toUpperCase())}\n${body}`;
}

function columns(lines: readonly Example[], writing: Writing): string {
  const { paint } = writing;
  const longest = Math.max(...lines.map(([name]) => name.length));
  const indent = ' '.repeat(longest + 4);
  const isNarrow = columnsOf(writing) - indent.length < leastBeside;
  return lines
    .map(([name, meaning]) => {
      if (isNarrow) return `  ${paint('cyan', name)}\n${wrapped(meaning, '      ', writing)}`;
      const rest = wrapped(meaning, indent, writing).slice(indent.length);
      return `  ${paint('cyan', name)}${' '.repeat(longest - name.length)}  ${rest}`;
    })
    .join('\n');
}

function columnsOf({ width }: Writing): number {
  return Math.min(widest, width ?? widest);
}

function settingHelp(setting: Setting<unknown>, machine: Machine, writing: Writing): string {
  const { paint } = writing;
  const { flag, from, placeholder, meaning, accepts } = setting;
  const variable = variableOf(setting);
  const name =
    from === 'variable'
      ? paint('cyan', variable)
      : `${paint('cyan', `--${flag}`)} ${placeholder}${variable === '' ? '' : `    ${paint('dim', variable)}`}`;
  const limits = wrapped(`${accepts}; ${defaultOf(setting, machine)}`, '      ', writing);
  return [`  ${name}`, wrapped(meaning, '      ', writing), paint('dim', limits)].join('\n');
}

function defaultOf({ fallback, because, show }: Setting<unknown>, machine: Machine): string {
  if (fallback === null) return 'required';
  const value = show(fallback(machine));
  if (because === null) return `default ${value}`;
  return value === '' ? `default: ${because}` : `default ${value}, ${because}`;
}

/** Lines of at most so many columns, where the words allow that. */
function wrapped(text: string, indent: string, writing: Writing): string {
  const width = columnsOf(writing);
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
