// A token's name so that all of it can be seen: spaces and line breaks have signs of their own, and
// bytes that are no character are shown as numbers.

import { bytesOf, isBytes } from './token-bytes.ts';

export interface Part {
  readonly text: string;
  /** Signs stand for something that has no shape; bytes are hexadecimal. */
  readonly kind: 'plain' | 'sign' | 'bytes';
}

const signs: Readonly<Record<string, string>> = {
  ' ': '␣',
  '\n': '⏎',
  '\r': '␍',
  '\t': '⇥',
  '\u00a0': '⍽',
};

export function spell(name: string): Part[] {
  if (isBytes(name)) {
    const numbers = Array.from(bytesOf(name), (byte) => byte.toString(16).padStart(2, '0'));
    return [{ text: numbers.join(' '), kind: 'bytes' }];
  }
  const runs = name.match(/[ \n\r\t\u00a0]+|[^ \n\r\t\u00a0]+/g) ?? [];
  return runs.map((run) =>
    run[0]! in signs
      ? { text: Array.from(run, (character) => signs[character]).join(''), kind: 'sign' }
      : { text: run, kind: 'plain' },
  );
}

/** For those who listen. */
export function sayable(name: string): string {
  if (isBytes(name)) return `bytes ${spell(name)[0]!.text}`;
  const words: Readonly<Record<string, string>> = { '\n': 'line break', '\t': 'tab', ' ': 'space' };
  return name.trim() === '' ? Array.from(name, (one) => words[one] ?? 'space').join(' ') : name;
}
