// The flags of `kvasir generate` that describe a text: the fields of the API's completions, with their
// names, limits and words. `max_tokens` is --max-tokens.

import type { Setting } from '../config/kinds.ts';
import type { Table } from '../config/read.ts';
import type { Field } from '../http/completion/field.ts';
import { fields } from '../http/completion/fields.ts';
import { samplingFields } from '../http/completion/sampling-fields.ts';

/** As much as one likes to read at once; where the context ends sooner, up to there. */
export const usualMaxTokens = 200;

/** They are given in another way, or make no difference to a text by itself. */
const otherwise = [
  'prompt',
  'model',
  'stream',
  'stream_options',
  'request_id',
  'priority',
  'cache_salt',
];

const chosen = Object.entries<Field<unknown>>(fields).filter(
  ([name, { role }]) => role === 'used' && !otherwise.includes(name),
);

type Kind = 'boolean' | 'number' | 'text' | 'texts' | 'ids' | 'biases';

const placeholders: Readonly<Record<Kind, string>> = {
  boolean: '[true|false]',
  number: 'NUMBER',
  text: 'NAME',
  texts: 'TEXT',
  ids: 'LIST',
  biases: 'ID=NUMBER,...',
};

/** Only those of several words: others may be just words. */
const fieldName = /\b[a-z]+(?:_[a-z]+)+\b/g;
const mostAsked = ['max_tokens', 'stop', 'n', 'echo', 'best_of'];
const aboutEndings = /stop|eos|min_tokens|special_tokens/;

export const generateFields: Table = tableOf(chosen);

/** As the help shows them. */
export const fieldGroups = {
  'How much, and where it ends': tableOf([
    ...chosen.filter(([name]) => mostAsked.includes(name)),
    ...chosen.filter(([name]) => !mostAsked.includes(name) && !isDrawn(name)),
  ]),
  'What is drawn': tableOf(chosen.filter(([name]) => isDrawn(name))),
};

/** `--max-tokens` for `max_tokens`; other words as they are. */
export function flagOf(field: string): string {
  return isChosen(field) ? dashed(field) : field;
}

function isChosen(name: string): boolean {
  return chosen.some(([known]) => known === name);
}

function dashed(name: string): string {
  return `--${name.replaceAll('_', '-')}`;
}

function tableOf(entries: readonly (readonly [string, Field<unknown>])[]): Table {
  return Object.fromEntries(entries.map(([name, field]) => [name, settingOf(name, field)]));
}

function isDrawn(name: string): boolean {
  return Object.hasOwn(samplingFields, name) && !aboutEndings.test(name);
}

/** Undefined stands for a field that is left out. */
function settingOf(name: string, field: Field<unknown>): Setting<unknown> {
  const kind = kindOf(field);
  const isSwitch = kind === 'boolean';
  const isLong = name === 'max_tokens';
  const usual = isLong ? usualMaxTokens : (field.schema as { readonly default?: unknown }).default;
  return {
    flag: dashed(name).slice(2),
    from: isSwitch ? 'switch' : 'flag',
    repeats: kind === 'texts',
    isGuarded: false,
    values: literalsOf(field),
    variable: null,
    placeholder: placeholders[kind],
    accepts: field.accepts,
    meaning: isLong
      ? 'most tokens that the text may have; with --echo, 0 only reads the prompt'
      : field.meaning.replace(fieldName, (word) => (isChosen(word) ? dashed(word) : word)),
    fallback: () => undefined,
    because: isLong
      ? `${usualMaxTokens}, or less where the context has no more room`
      : usual === undefined
        ? 'left out'
        : String(usual),
    parse: (given) => [...readings(given)].find((value) => field.check(value)),
    fromJson: (value) => (field.check(value) ? value : undefined),
    show: (value) => (value === undefined ? '' : JSON.stringify(value)),
  };
}

/** By what the field takes. */
function kindOf({ check }: Field<unknown>): Kind {
  if (check(true)) return 'boolean';
  if (check(1)) return 'number';
  if (check([1])) return 'ids';
  if (check(['a'])) return 'texts';
  if (check({ '1': 1 })) return 'biases';
  return 'text';
}

/** Of a field that is one of several words. */
function literalsOf({ schema }: Field<unknown>): readonly string[] {
  const { anyOf = [] } = schema as { readonly anyOf?: readonly { readonly const?: unknown }[] };
  return anyOf.flatMap((each) => (typeof each.const === 'string' ? [each.const] : []));
}

/** What a word of the command line may stand for, the most particular first. */
function* readings(given: string): Generator<unknown> {
  const number = numberIn(given);
  if (number !== null) yield number;
  if (given === 'true' || given === 'false') yield given === 'true';
  yield* jsonIn(given);
  const parts = given.split(',').map((part) => part.trim());
  const numbers = parts.map(numberIn);
  if (numbers.every((each) => each !== null)) yield numbers;
  const pairs = parts.map((part) => /^(\d+)=(.+)$/.exec(part));
  if (pairs.every((pair) => pair !== null)) {
    yield Object.fromEntries(pairs.map(([, id, bias]) => [id, numberIn(bias!)]));
  }
  yield given;
  yield [given];
}

function numberIn(given: string): number | null {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(given) ? Number(given) : null;
}

/** Only lists and objects: a text in quotes is a text with quotes in it. */
function* jsonIn(given: string): Generator<unknown> {
  if (!/^[[{]/.test(given)) return;
  try {
    yield JSON.parse(given);
  } catch {
    // Then it is a text.
  }
}

/** A refusal of the API, with its fields as they are called here: `--max-tokens must be`. */
export function inFlagWords(message: string, param: string | null): string {
  const flagged = message.replace(fieldName, flagOf);
  return param !== null && flagged.startsWith(`${param} `)
    ? flagOf(param) + flagged.slice(param.length)
    : flagged;
}
