// Where the end of a text occurred in it before. Appended to token by token; two places that end with
// the same pair of tokens are linked, the later to the earlier, as in the hash chains of LZ77. No
// memory is taken after the start.
//
//   text        A  B  C  D  A  B  X  A  B         the pair A B ends at 1, 5 and 8
//   previous    -  -  -  -  -  1  -  -  5         a chain from the last of them back to the first
//
// A chain may pass through places whose pairs have the same hash only; comparing tokens sorts them out.

import { invariant } from '../errors.ts';

/** Endings shorter than this are not looked for: a single token says little of what follows it. */
export const leastMatch = 2;

/** Longer endings are not told apart; of those that match so far the latest is taken. */
export const longestMatch = 8;

const nowhere = -1;

export class SuffixIndex {
  readonly #text: Int32Array; // [capacity]
  readonly #previous: Int32Array; // [capacity], the place before with the same hash
  readonly #heads: Int32Array; // [hashes], the latest place of each
  #length = 0;
  /** The place of the last match's last token. */
  #matchEnd = nowhere;

  constructor(capacity: number) {
    invariant(capacity > 0, 'a text has room');
    this.#text = new Int32Array(capacity);
    this.#previous = new Int32Array(capacity);
    this.#heads = new Int32Array(2 ** Math.ceil(Math.log2(2 * capacity))).fill(nowhere);
  }

  /** Tokens of the text so far. */
  get length(): number {
    return this.#length;
  }

  clear(): void {
    this.#length = 0;
    this.#matchEnd = nowhere;
    this.#heads.fill(nowhere);
  }

  append(token: number): void {
    const place = this.#length;
    invariant(place < this.#text.length, 'the text fits in the context');
    this.#text[place] = token;
    this.#length += 1;
    this.#previous[place] = nowhere;
    if (place === 0) return;
    const hash = this.#hash(this.#text[place - 1]!, token);
    this.#previous[place] = this.#heads[hash]!;
    this.#heads[hash] = place;
  }

  /**
   * Looks for the longest ending of the text that occurred before, the latest of several. Returns its
   * length, `longestMatch` at most; 0 where there is none of `leastMatch` tokens.
   */
  search(): number {
    let best = leastMatch - 1;
    this.#matchEnd = nowhere;
    if (this.#length === 0) return 0;
    let place = this.#previous[this.#length - 1]!;
    while (place !== nowhere && best < longestMatch) {
      const length = this.#matchAt(place);
      if (length > best) {
        best = length;
        this.#matchEnd = place;
      }
      place = this.#previous[place]!;
    }
    return this.#matchEnd === nowhere ? 0 : best;
  }

  /**
   * Of what followed the match that was found, token `index`. Where it reaches the end of the text it
   * goes on as the text would if it repeated itself from the match on.
   */
  follower(index: number): number {
    invariant(this.#matchEnd !== nowhere, 'a match was found');
    const period = this.#length - 1 - this.#matchEnd;
    return this.#text[this.#matchEnd + 1 + (index % period)]!;
  }

  /** How many tokens up to this place are those that the text ends with. */
  #matchAt(place: number): number {
    const last = this.#length - 1;
    const most = Math.min(place + 1, longestMatch);
    let length = 0;
    while (length < most && this.#text[place - length] === this.#text[last - length]) length += 1;
    return length;
  }

  #hash(first: number, second: number): number {
    const mixed = Math.imul(Math.imul(first, 0x9e3779b1) ^ second, 0x85ebca6b);
    return (mixed ^ (mixed >>> 15)) & (this.#heads.length - 1);
  }
}
