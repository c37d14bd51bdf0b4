// Holds what a block printed against what its page says that it prints. An ellipsis stands for anything: as
// a whole line for any number of lines, else for any characters of its line. Of JSON every value counts but
// those that can be no other time the same.

import type { Output } from './markdown.ts';

const passing = new Set(['id', 'created', 'cached_tokens']);

/** Log-probabilities are shortened on pages, and their last digits are the processor's. */
const closeness = 2e-3;

/** Throws what differs. `program`: the text of the block. */
export function checkOutput({ language, text }: Output, printed: string, program: string): void {
  const isAsSaid =
    language === 'json'
      ? isSame(JSON.parse(text), JSON.parse(printed))
      : language === 'quotation'
        ? isQuoted(text, textOf(printed), program)
        : pattern(text).test(trimmed(printed));
  if (!isAsSaid) throw new Error(`the page says:\n${text}\n\nit is:\n${textOf(printed)}`);
}

function isSame(said: unknown, printed: unknown): boolean {
  if (typeof said === 'number' && typeof printed === 'number' && !Number.isInteger(said)) {
    return Math.abs(said - printed) < closeness;
  }
  if (typeof said !== 'object' || typeof printed !== 'object') return said === printed;
  if (said === null || printed === null) return said === printed;
  const names = Object.keys(said);
  if (names.length !== Object.keys(printed).length) return false;
  const [one, other] = [said as Record<string, unknown>, printed as Record<string, unknown>];
  return names.every((name) => {
    return name in other && (passing.has(name) || isSame(one[name], other[name]));
  });
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
    .slice(0, -1)
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
