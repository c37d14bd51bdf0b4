// What became of the sequences since the engine last reported: parallel arrays with an entry for
// each one heard of, ready to be sliced into a message. Filled by commits, failures and aborts, and
// cleared by the engine once it has reported. A sequence that got several tokens has an entry for
// each, in their order; nothing of it comes after its end.

import type { TokenScore, TokenScores } from '../kv/token-score.ts';

export type FinishReason = 'stop' | 'length' | 'abort' | 'error';

/** `finishes[i]`: 0 for none, else an index into this list. */
export const finishCodes: readonly (FinishReason | null)[] = [
  null,
  'stop',
  'length',
  'abort',
  'error',
];

/** A prompt is in the cache: said once of each sequence, with its first token or before. */
export interface PromptNews {
  readonly id: number;
  /** Tokens that did not have to be computed. */
  readonly cachedTokenCount: number;
  /** Of the second token and those after it, where they were asked for; else of none. */
  readonly scores: TokenScores;
}

/** The token of a sequence that ended without one. */
export const noToken = -1;

export class Outcome {
  /** Grow with the number of entries and are reused: valid up to `count`, until `clear()`. */
  ids: Int32Array; // [capacity]
  tokens: Int32Array; // [capacity]
  finishes: Uint8Array; // [capacity]
  #prompts: PromptNews[] = [];
  /** Empty while nobody asked. */
  #scores: (TokenScore | null)[] = [];
  #admitted: number[] = [];
  #count = 0;
  #failures = new Map<number, string>();

  constructor(capacity: number) {
    this.ids = new Int32Array(capacity);
    this.tokens = new Int32Array(capacity);
    this.finishes = new Uint8Array(capacity);
  }

  get count(): number {
    return this.#count;
  }

  /** Why each sequence that ended with 'error' did, by id; null where none did. */
  get failures(): ReadonlyMap<number, string> | null {
    return this.#failures.size === 0 ? null : this.#failures;
  }

  /** Who left the queue for a row. */
  get admitted(): readonly number[] {
    return this.#admitted;
  }

  get prompts(): readonly PromptNews[] {
    return this.#prompts;
  }

  /** Of each entry's token, where it was asked for; null where nobody asked. */
  get scores(): readonly (TokenScore | null)[] | null {
    if (this.#scores.length === 0) return null;
    this.#padScores();
    return this.#scores;
  }

  add(id: number, token: number, finish: FinishReason | null, score: TokenScore | null): void {
    if (this.#count === this.ids.length) this.#grow();
    this.ids[this.#count] = id;
    this.tokens[this.#count] = token;
    this.finishes[this.#count] = finishCodes.indexOf(finish);
    if (score !== null) {
      this.#padScores();
      this.#scores.push(score);
    }
    this.#count += 1;
  }

  /** A sequence ended without a token. */
  addEnd(id: number, finish: FinishReason): void {
    this.add(id, noToken, finish, null);
  }

  addFailure(id: number, reason: string): void {
    this.addEnd(id, 'error');
    this.#failures.set(id, reason);
  }

  addPrompt(news: PromptNews): void {
    this.#prompts.push(news);
  }

  addAdmitted(id: number): void {
    this.#admitted.push(id);
  }

  clear(): void {
    this.#count = 0;
    if (this.#failures.size > 0) this.#failures = new Map();
    if (this.#admitted.length > 0) this.#admitted = [];
    if (this.#prompts.length > 0) this.#prompts = [];
    if (this.#scores.length > 0) this.#scores = [];
  }

  #padScores(): void {
    while (this.#scores.length < this.#count) this.#scores.push(null);
  }

  #grow(): void {
    const capacity = 2 * this.ids.length + 1;
    const { ids, tokens, finishes } = this;
    this.ids = new Int32Array(capacity);
    this.tokens = new Int32Array(capacity);
    this.finishes = new Uint8Array(capacity);
    this.ids.set(ids);
    this.tokens.set(tokens);
    this.finishes.set(finishes);
  }
}
