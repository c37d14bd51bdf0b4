// What became of the sequences since the engine last reported: parallel arrays with an entry for
// each one heard of, ready to be sliced into a message. Filled by commits, failures and aborts, and
// cleared by the engine once it has reported; in between, a sequence appears at most once.

export type FinishReason = 'stop' | 'length' | 'abort' | 'error';

/** `finishes[i]`: 0 for none, else an index into this list. */
export const finishCodes: readonly (FinishReason | null)[] = [
  null,
  'stop',
  'length',
  'abort',
  'error',
];

/** The token of a sequence that ended without one. */
export const noToken = -1;

export class Outcome {
  /** Grow with the number of entries and are reused: valid up to `count`, until `clear()`. */
  ids: Int32Array; // [capacity]
  tokens: Int32Array; // [capacity]
  finishes: Uint8Array; // [capacity]
  #count = 0;
  #failure: string | null = null;

  constructor(capacity: number) {
    this.ids = new Int32Array(capacity);
    this.tokens = new Int32Array(capacity);
    this.finishes = new Uint8Array(capacity);
  }

  get count(): number {
    return this.#count;
  }

  /** Why the sequences that ended with 'error' did. */
  get failure(): string | null {
    return this.#failure;
  }

  add(id: number, token: number, finish: FinishReason | null): void {
    if (this.#count === this.ids.length) this.#grow();
    this.ids[this.#count] = id;
    this.tokens[this.#count] = token;
    this.finishes[this.#count] = finishCodes.indexOf(finish);
    this.#count += 1;
  }

  addFailure(id: number, reason: string): void {
    this.add(id, noToken, 'error');
    this.#failure = reason;
  }

  clear(): void {
    this.#count = 0;
    this.#failure = null;
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
