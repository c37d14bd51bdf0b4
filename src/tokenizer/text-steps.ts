// What is done to a text before its symbols are merged, step by step, as Hugging Face's normalizers and
// pre-tokenizers do it. Pieces are made as they are asked for: whoever has enough ids asks no further.

import type { TextStep } from '../../models/vocabulary.ts';

/** A step made ready: pieces in, pieces out, none of them empty. `atStart`: the text begins with them. */
type Step = (pieces: Iterable<string>, atStart: boolean) => Iterable<string>;

export class TextSteps {
  readonly #steps: readonly Step[];

  constructor(steps: readonly TextStep[]) {
    this.#steps = steps.map(prepared);
  }

  pieces(text: string, atStart: boolean): Iterable<string> {
    let pieces: Iterable<string> = [text];
    for (const step of this.#steps) pieces = step(pieces, atStart);
    return pieces;
  }

  /** Where no step splits. */
  whole(text: string): string {
    return [...this.pieces(text, true)].join('');
  }
}

function prepared(step: TextStep): Step {
  switch (step.kind) {
    case 'normal form':
      return each((piece) => piece.normalize(step.form));
    case 'lower case':
      // Character by character: at the end of a word String.toLowerCase has another sigma.
      return each((piece) => Array.from(piece, (character) => character.toLowerCase()).join(''));
    case 'strip':
      return each((piece) => stripped(piece, step.left, step.right));
    case 'replace':
      return each((piece) => piece.replaceAll(step.text, () => step.by));
    case 'prepend':
      return prepend(step.text, step.to, step.evenIfThere);
    case 'split':
      return split(new RegExp(step.pattern, 'gu'), step.behavior, step.inverted);
  }
}

function each(change: (piece: string) => string): Step {
  return function* (pieces) {
    for (const piece of pieces) {
      const changed = change(piece);
      if (changed !== '') yield changed;
    }
  };
}

function stripped(piece: string, left: boolean, right: boolean): string {
  const begun = left ? piece.replace(/^\p{White_Space}+/u, '') : piece;
  if (!right) return begun;
  let end = begun.length;
  while (end > 0 && /\p{White_Space}/u.test(begun[end - 1]!)) end--;
  return begun.slice(0, end);
}

function prepend(text: string, to: 'each' | 'first', evenIfThere: boolean): Step {
  return function* (pieces, atStart) {
    let isFirst = true;
    for (const piece of pieces) {
      const isMeant = to === 'each' || (atStart && isFirst);
      isFirst = false;
      yield isMeant && (evenIfThere || !piece.startsWith(text)) ? text + piece : piece;
    }
  };
}

type Behavior = Extract<TextStep, { kind: 'split' }>['behavior'];

function split(pattern: RegExp, behavior: Behavior, inverted: boolean): Step {
  if (behavior === 'isolated') {
    return function* (pieces) {
      for (const piece of pieces) yield* cut(piece, pattern);
    };
  }
  return function* (pieces) {
    for (const piece of pieces) yield* together(parts(piece, pattern, inverted), behavior);
  };
}

/** A piece cut before and behind each match. */
function* cut(piece: string, pattern: RegExp): Iterable<string> {
  let end = 0;
  for (const match of piece.matchAll(pattern)) {
    if (match.index > end) yield piece.slice(end, match.index);
    if (match[0] !== '') yield match[0];
    end = match.index + match[0].length;
  }
  if (end < piece.length) yield piece.slice(end);
}

interface Part {
  readonly text: string;
  readonly isMatch: boolean;
}

/** A piece cut before and behind each match; no part is empty. */
function* parts(piece: string, pattern: RegExp, inverted: boolean): Iterable<Part> {
  let end = 0;
  for (const match of piece.matchAll(pattern)) {
    if (match[0] === '') continue;
    if (match.index > end) yield { text: piece.slice(end, match.index), isMatch: inverted };
    yield { text: match[0], isMatch: !inverted };
    end = match.index + match[0].length;
  }
  if (end < piece.length) yield { text: piece.slice(end), isMatch: inverted };
}

function* together(parts: Iterable<Part>, behavior: Behavior): Iterable<string> {
  let held = '';
  let wasMatch = false;
  for (const { text, isMatch } of parts) {
    if (behavior === 'removed') {
      if (!isMatch) yield text;
    } else if (joins(behavior, wasMatch, isMatch)) held += text;
    else {
      if (held !== '') yield held;
      held = text;
    }
    wasMatch = isMatch;
  }
  if (held !== '') yield held;
}

/** Whether a part stays with that before it. */
function joins(behavior: Behavior, wasMatch: boolean, isMatch: boolean): boolean {
  if (behavior === 'contiguous') return wasMatch === isMatch;
  return behavior === 'merged with next' ? wasMatch && !isMatch : isMatch && !wasMatch;
}
