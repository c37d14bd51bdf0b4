// Most pieces of a text are tokens as they are. For those merging would only find out what the table
// here knows: whether the text of a token is merged to that token. It is found out when a token is met
// for the first time, and all that is kept is that it is so.

import { spelledBytes } from '../../models/byte-spelling.ts';
import type { Vocabulary } from '../../models/vocabulary.ts';

const notYetKnown = 0;
const isWhole = 1;
const isMerged = 2;

const strictly = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export class WholePieces {
  readonly #ids = new Map<string, number>();
  readonly #known: Uint8Array; // [tokens]
  readonly #merge: (piece: string) => readonly number[];

  /** `merge`: what a piece becomes. */
  constructor(
    { tokens, symbols, prefersWholes }: Vocabulary,
    merge: (piece: string) => readonly number[],
  ) {
    this.#known = new Uint8Array(tokens.length).fill(prefersWholes ? isWhole : notYetKnown);
    this.#merge = merge;
    for (const [id, token] of tokens.entries()) {
      const piece = token === null || symbols === 'characters' ? token : textOf(token);
      if (piece !== null) this.#ids.set(piece, id);
    }
  }

  /** The token that this piece is, or -1 where it has to be merged. */
  find(piece: string): number {
    const id = this.#ids.get(piece);
    if (id === undefined) return -1;
    if (this.#known[id] === notYetKnown) {
      const merged = this.#merge(piece);
      this.#known[id] = merged.length === 1 && merged[0] === id ? isWhole : isMerged;
    }
    return this.#known[id] === isWhole ? id : -1;
  }
}

/** Null for bytes that are no text: no piece is those. */
function textOf(token: string): string | null {
  const bytes = spelledBytes(token);
  if (bytes === null) return null;
  try {
    return strictly.decode(bytes);
  } catch {
    return null;
  }
}
