// The pieces of those who decode, one token each: written anew for each step into the same objects, so
// that nothing is allocated per token.

import type { Piece } from '../mixed-plan.ts';
import type { Sequence } from '../sequence.ts';
import type { PagedRunning } from './paged-running.ts';

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

const noForks: readonly Sequence[] = [];

export class DecodePieces {
  readonly #running: PagedRunning;
  /** As many as ever decoded at a time. */
  readonly #pieces: Writable<Piece>[] = [];

  constructor(running: PagedRunning) {
    this.#running = running;
  }

  /** One for each who decodes, from the first place on; returns how many. There is room for a token. */
  write(target: Piece[]): number {
    const { slotCount, cache } = this.#running;
    let count = 0;
    for (let slot = 0; slot < slotCount; slot += 1) {
      const sequence = this.#running.at(slot);
      if (sequence === null || sequence.phase !== 'decoding') continue;
      const piece = this.#pieces[count] ?? this.#more(sequence);
      piece.sequence = sequence;
      piece.start = cache.tables.tokenCount(slot);
      piece.tokens[0] = sequence.lastToken;
      piece.blocks = cache.tables.blocks(slot);
      target[count] = piece;
      count += 1;
    }
    return count;
  }

  #more(sequence: Sequence): Writable<Piece> {
    const piece = {
      sequence,
      start: 0,
      tokens: new Int32Array(1),
      blocks: new Int32Array(0),
      isLast: true,
      forks: noForks,
    };
    this.#pieces.push(piece);
    return piece;
  }
}
