// Holds what a block printed against what its page says that it prints. An ellipsis stands for anything: as
// a whole line for any number of lines, else for any characters of its line. Of JSON every value counts but
// those that can be no other time the same.

import { isDeepStrictEqual } from 'node:util';
import type { Output } from './markdown.ts';

const passing = new Set(['id', 'created', 'system_fingerprint', 'request_id']);

/** Throws what differs. `program`: the text of the block. */
export function checkOutput({ language, text }: Output, printed: string, program: string): void {
  const isAsSaid =
    language === 'json'
      ? isDeepStrictEqual(lasting(JSON.parse(text)), lasting(JSON.parse(printed)))
      : language === 'quotation'
        ? isQuoted(text, textOf(printed), program)
        : pattern(text).test(trimmed(printed));
  if (!isAsSaid) throw new Error(`the page says:\n${text}\n\nit is:\n${textOf(printed)}`);
}

function lasting(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lasting);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, passing.has(name) ? '' : lasting(inner)]),
  );
}

/** A text in a quotation may have its prompt before it. */
function isQuoted(quoted: string, text: string, program: string): boolean {
  const [whole, part] = [words(quoted), words(text)];
  const prompt = whole.slice(0, whole.length - part.length).trim();
  return part !== '' && whole.endsWith(part) && program.includes(prompt);
}

const words = (text: string) => text.replace(/\s+/g, ' ').trim();

/** Of a stream of events the text of its completion. */
function textOf(printed: string): string {
  if (!printed.startsWith('data: ')) return printed;
  return printed
    .split('\n')
    .filter((line) => line.startsWith('data: {'))
    .flatMap((line) => JSON.parse(line.slice('data: '.length)).choices)
    .map(({ text }) => text)
    .join('');
}

const ellipsis = /…|\.\.\./;

function pattern(text: string): RegExp {
  const lines = trimmed(text)
    .split('\n')
    .map((line) =>
      ellipsis.test(line) && line.trim().length <= 3
        ? '(?:.*\n)*?'
        : `${line.split(ellipsis).map(escaped).join('.*')}\n`,
    );
  return new RegExp(`^${lines.join('')}$`);
}

/** Without what nobody sees at the ends of lines; each line ends. */
function trimmed(text: string): string {
  return `${text.replace(/[ \t\r]+$/gm, '').replace(/\n+$/, '')}\n`;
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
