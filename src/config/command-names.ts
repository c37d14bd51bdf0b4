// The names of the commands, and what somebody meant who gave another.

import type { ServeError } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { refused, unknown } from './read.ts';
import { type CommandName, commands } from './table.ts';

/** What other programs call it. */
const synonyms: ReadonlyMap<string, CommandName> = new Map([
  ['run', 'generate'],
  ['complete', 'generate'],
  ['start', 'serve'],
  ['server', 'serve'],
  ['convert', 'export'],
  ['download', 'pull'],
  ['fetch', 'pull'],
  ['get', 'pull'],
  ['ls', 'list'],
  ['models', 'list'],
  ['remove', 'rm'],
  ['delete', 'rm'],
  ['evaluate', 'eval'],
  ['benchmark', 'bench'],
  ['completions', 'completion'],
]);

export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(commands, name);
}

export function unknownCommand(given: string, words: readonly string[]): ServeError {
  const names = Object.keys(commands);
  if (given.startsWith('-')) {
    return refused(given, `a command comes before flags, as in: kvasir serve ${words.join(' ')}`);
  }
  const close = synonyms.get(given) ?? nearest(given, names);
  if (close !== null) return unknown('command', given, close);
  return refused(given, `unknown command ${given}: there are ${names.join(', ')}`);
}
