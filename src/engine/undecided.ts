// Entries of a step that their candidates could not decide. They wait here until all the others are
// picked, so that the rows they need are fetched together.

import type { Sequence } from '../scheduler/sequence.ts';

export class Undecided {
  readonly entries: Int32Array; // [waiting], entries of the plan
  readonly rows: Int32Array; // [waiting], rows of the scores; ascending, a fork's is its leader's
  readonly ahead: Int32Array; // [waiting], how many tokens were foreseen
  readonly #sequences: (Sequence | null)[]; // [waiting]
  count = 0;

  constructor(mostEntries: number) {
    this.entries = new Int32Array(mostEntries);
    this.rows = new Int32Array(mostEntries);
    this.ahead = new Int32Array(mostEntries);
    this.#sequences = new Array<Sequence | null>(mostEntries).fill(null);
  }

  add(entry: number, row: number, ahead: number, sequence: Sequence): void {
    this.entries[this.count] = entry;
    this.rows[this.count] = row;
    this.ahead[this.count] = ahead;
    this.#sequences[this.count] = sequence;
    this.count += 1;
  }

  sequence(place: number): Sequence {
    return this.#sequences[place]!;
  }

  /** Keeps no sequence alive. */
  clear(): void {
    this.#sequences.fill(null, 0, this.count);
    this.count = 0;
  }
}
