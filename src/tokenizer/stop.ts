// Stop strings in a text that comes in pieces. Read character by character, the text ends as soon as
// any stop string is complete, and is cut where that one begins; of several that complete at the same
// character, the one that begins first (the longest) counts. What may still become a stop string is
// held back, and no more than that. How the text was parcelled makes no difference.

import { invariant } from '../errors.ts';

export class StopScanner {
  readonly #stops: readonly Stop[];
  #held = '';
  #matched: string | null = null;

  /** Looks for `stops`, none of them empty. */
  constructor(stops: readonly string[]) {
    invariant(!stops.includes(''), 'a stop string has at least one character');
    this.#stops = stops.map((stop) => new Stop(stop));
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
      this.#matched = complete.text;
      this.#held = '';
      return text.slice(0, index + 1 - complete.length);
    }
    const heldLength = Math.max(0, ...this.#stops.map((stop) => stop.matchedLength));
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
  #advance(code: number): Stop | null {
    let complete: Stop | null = null;
    for (const stop of this.#stops) {
      if (stop.advance(code) && (complete === null || stop.length > complete.length)) {
        complete = stop;
      }
    }
    return complete;
  }
}

/**
 * How much of one stop string the text ends with, by Knuth, Morris and Pratt: each character costs
 * the same on average, however long the stop string is and however much it repeats itself.
 */
class Stop {
  readonly text: string;
  /** The text to look for. A lone surrogate is U+FFFD in it, as in every text that is generated. */
  readonly #wanted: string;
  /** For each length matched so far: the longest shorter match to go on from if the next fails. */
  readonly #fallback: Int32Array;
  #matchedLength = 0;

  constructor(text: string) {
    this.text = text;
    this.#wanted = text.replace(/\p{Surrogate}/gu, '\ufffd');
    this.#fallback = new Int32Array(this.#wanted.length + 1);
    for (let length = 1; length < this.#wanted.length; length++) {
      this.advance(this.#wanted.charCodeAt(length));
      this.#fallback[length + 1] = this.#matchedLength;
    }
    this.#matchedLength = 0;
  }

  get length(): number {
    return this.#wanted.length;
  }

  /** The length of the longest beginning of the stop string that the text so far ends with. */
  get matchedLength(): number {
    return this.#matchedLength;
  }

  /** Takes the next character of the text; true where it completes the stop string. */
  advance(code: number): boolean {
    let length = this.#matchedLength;
    while (length > 0 && this.#wanted.charCodeAt(length) !== code) length = this.#fallback[length]!;
    if (this.#wanted.charCodeAt(length) === code) length++;
    this.#matchedLength = length;
    return length === this.#wanted.length;
  }
}
