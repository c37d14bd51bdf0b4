// Stop strings in a text that comes in pieces. Read character by character, the text ends as soon as
// any stop string is complete, and is cut where that one begins; of several that complete at the same
// character, the one that begins first (the longest) counts. What may still become a stop string is
// held back, and no more than that. How the text was parcelled makes no difference.

import { invariant } from '../errors.ts';

/** Stop strings made ready to be looked for, once for all texts that they may end. */
export class StopStrings {
  readonly patterns: readonly StopPattern[];

  /** None of them empty. */
  constructor(stops: readonly string[]) {
    invariant(!stops.includes(''), 'a stop string has at least one character');
    this.patterns = stops.map((stop) => new StopPattern(stop));
  }
}

export class StopScanner {
  readonly #stops: readonly Match[];
  #held = '';
  #matched: string | null = null;

  constructor({ patterns }: StopStrings) {
    this.#stops = patterns.map((pattern) => new Match(pattern));
  }

  /** The stop string that ended the text, as it was given; null while there is none. */
  get matched(): string | null {
    return this.#matched;
  }

  /** The text that is now sure to be emitted. After a match there is none. */
  push(piece: string): string {
    if (this.#matched !== null) return '';
    const text = this.#held + piece;
    for (let index = this.#held.length; index < text.length; index++) {
      const complete = this.#advance(text.charCodeAt(index));
      if (complete === null) continue;
      this.#matched = complete.pattern.text;
      this.#held = '';
      return text.slice(0, index + 1 - complete.pattern.length);
    }
    const heldLength = Math.max(0, ...this.#stops.map((stop) => stop.length));
    this.#held = text.slice(text.length - heldLength);
    return text.slice(0, text.length - heldLength);
  }

  /** The text ends here, so what was held back is text after all. */
  end(): string {
    const rest = this.#held;
    this.#held = '';
    return rest;
  }

  /** The longest of the stop strings that this character completes. */
  #advance(code: number): Match | null {
    let complete: Match | null = null;
    for (const stop of this.#stops) {
      if (!stop.advance(code)) continue;
      if (complete === null || stop.length > complete.length) complete = stop;
    }
    return complete;
  }
}

/**
 * One stop string, as Knuth, Morris and Pratt look for it: each character of a text costs the same on
 * average, however long the stop string is and however much it repeats itself.
 */
class StopPattern {
  readonly text: string;
  /** The text to look for. A lone surrogate is U+FFFD in it, as in every text that is generated. */
  readonly #wanted: string;
  /** For each length matched so far: the longest shorter match to go on from if the next fails. */
  readonly #fallback: Int32Array;

  constructor(text: string) {
    this.text = text;
    this.#wanted = text.replace(/\p{Surrogate}/gu, '\ufffd');
    this.#fallback = new Int32Array(this.#wanted.length + 1);
    let matched = 0;
    for (let length = 1; length < this.#wanted.length; length++) {
      matched = this.extended(matched, this.#wanted.charCodeAt(length));
      this.#fallback[length + 1] = matched;
    }
  }

  get length(): number {
    return this.#wanted.length;
  }

  /** How much a text ends with that ended with so much of it, after one more character. */
  extended(matchedLength: number, code: number): number {
    let length = matchedLength;
    while (length > 0 && this.#wanted.charCodeAt(length) !== code) length = this.#fallback[length]!;
    return this.#wanted.charCodeAt(length) === code ? length + 1 : length;
  }
}

/** How much of one stop string a text ends with. */
class Match {
  readonly pattern: StopPattern;
  /** Of the longest beginning of the stop string that the text so far ends with. */
  length = 0;

  constructor(pattern: StopPattern) {
    this.pattern = pattern;
  }

  /** Takes the next character of the text; true where it completes the stop string. */
  advance(code: number): boolean {
    this.length = this.pattern.extended(this.length, code);
    return this.length === this.pattern.length;
  }
}
