// Finds tokens in a text that stand there as they are: of those that begin first the longest, as
// Hugging Face's tokenizers do. The text is read once, however many tokens there are to look for.

import type { AddedToken } from '../../models/vocabulary.ts';

/** A stretch of text without such tokens, or one of them. */
export type Stretch =
  | { readonly text: string; readonly atStart: boolean }
  | { readonly token: AddedToken };

interface Branch {
  readonly next: Map<number, Branch>; // by UTF-16 unit
  token: AddedToken | null;
}

const endsWithWord = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]$/u;
const beginsWithWord = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u;
const isSpace = /^\p{White_Space}$/u;

export class AddedTokens {
  readonly #root: Branch = { next: new Map(), token: null };
  /** What tokens begin with: all else is passed over quickly. Null where there are none. */
  readonly #beginnings: RegExp | null;

  /** `textOf`: what is looked for of each. */
  constructor(tokens: readonly AddedToken[], textOf: (token: AddedToken) => string) {
    for (const token of tokens) {
      const text = textOf(token);
      if (text === '') continue;
      let branch = this.#root;
      for (let index = 0; index < text.length; index++) {
        const unit = text.charCodeAt(index);
        const next = branch.next.get(unit) ?? { next: new Map(), token: null };
        branch.next.set(unit, next);
        branch = next;
      }
      branch.token = token;
    }
    const units = Array.from(this.#root.next.keys(), (unit) => unit.toString(16).padStart(4, '0'));
    const known = units.map((unit) => `\\u${unit}`).join('');
    this.#beginnings = units.length === 0 ? null : new RegExp(`[${known}]`, 'g');
  }

  /** All of the text but the white space that tokens take along; no stretch is empty. */
  *stretches(text: string, atStart: boolean): Iterable<Stretch> {
    let done = 0;
    const plain = (end: number) => ({
      text: text.slice(done, end),
      atStart: atStart && done === 0,
    });
    for (let start = this.#nextBeginning(text, 0); start >= 0; ) {
      const token = this.#longestAt(text, start);
      const end = start + (token === null ? 1 : token.length);
      if (token === null || !fits(token.token, text, start, end)) {
        start = this.#nextBeginning(text, end);
        continue;
      }
      const from = token.token.stripsLeft ? Math.max(done, spaceBefore(text, start)) : start;
      if (from > done) yield plain(from);
      yield { token: token.token };
      done = token.token.stripsRight ? spaceBehind(text, end) : end;
      start = this.#nextBeginning(text, end);
    }
    if (done < text.length) yield plain(text.length);
  }

  #nextBeginning(text: string, from: number): number {
    if (this.#beginnings === null) return -1;
    this.#beginnings.lastIndex = from;
    return this.#beginnings.exec(text)?.index ?? -1;
  }

  #longestAt(text: string, start: number): { token: AddedToken; length: number } | null {
    let found: { token: AddedToken; length: number } | null = null;
    let branch = this.#root.next.get(text.charCodeAt(start));
    for (let index = start + 1; branch !== undefined; index++) {
      if (branch.token !== null) found = { token: branch.token, length: index - start };
      if (index === text.length) break;
      branch = branch.next.get(text.charCodeAt(index));
    }
    return found;
  }
}

function fits({ isWord }: AddedToken, text: string, start: number, end: number): boolean {
  if (!isWord) return true;
  // A character is two units at most.
  return (
    !endsWithWord.test(text.slice(Math.max(0, start - 2), start)) &&
    !beginsWithWord.test(text.slice(end, end + 2))
  );
}

function spaceBefore(text: string, start: number): number {
  let index = start;
  while (index > 0 && isSpace.test(text[index - 1]!)) index--;
  return index;
}

function spaceBehind(text: string, end: number): number {
  let index = end;
  while (index < text.length && isSpace.test(text[index]!)) index++;
  return index;
}
