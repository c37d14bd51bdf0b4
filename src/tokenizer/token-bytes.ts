// The bytes that each token of a vocabulary adds to a text, end to end in one array.

import { spellBytes, spelledBytes } from '../../models/byte-spelling.ts';
import type { AddedToken, Vocabulary } from '../../models/vocabulary.ts';

const utf8 = new TextEncoder();
const noBytes = new Uint8Array(0);

export class TokenBytes {
  readonly #bytes: Uint8Array;
  readonly #starts: Uint32Array; // [vocabularySize + 1]
  readonly #reader: Reader;
  readonly #twins = new Set<number>();

  /**
   * `textOf`: what an added token is found by. Ids without a token have no bytes: embeddings may have
   * rows that only fill them up.
   */
  constructor(
    vocabulary: Vocabulary,
    vocabularySize: number,
    textOf: (added: AddedToken) => string,
  ) {
    this.#reader = new Reader(vocabulary, textOf);
    const parts: Uint8Array[] = [];
    this.#starts = new Uint32Array(vocabularySize + 1);
    for (let id = 0; id < vocabularySize; id++) {
      const bytes = this.#reader.read(id, ' ');
      parts.push(bytes);
      this.#starts[id + 1] = this.#starts[id]! + bytes.length;
    }
    this.#bytes = new Uint8Array(this.#starts[vocabularySize]!);
    for (const [id, part] of parts.entries()) this.#bytes.set(part, this.#starts[id]);
    this.#findTwins(vocabularySize);
  }

  of(id: number): Uint8Array {
    return this.#bytes.subarray(this.#starts[id], this.#starts[id + 1]);
  }

  /** What a token adds where it begins a text and its space marks are left out. */
  withoutMarks(id: number): Uint8Array {
    return this.#reader.read(id, '');
  }

  /** Whether a token before this one adds the same bytes. */
  isTwin(id: number): boolean {
    return this.#twins.has(id);
  }

  #findTwins(vocabularySize: number): void {
    const seen = new Set<string>();
    for (let id = 0; id < vocabularySize; id++) {
      const key = spellBytes(this.of(id));
      if (seen.has(key)) this.#twins.add(id);
      seen.add(key);
    }
  }
}

const byteToken = /^<0x([0-9A-F]{2})>$/;

/** From the spelling of a token to its bytes. */
class Reader {
  readonly #vocabulary: Vocabulary;
  readonly #textOf: (added: AddedToken) => string;
  readonly #added: ReadonlyMap<number, AddedToken>;

  constructor(vocabulary: Vocabulary, textOf: (added: AddedToken) => string) {
    this.#vocabulary = vocabulary;
    this.#textOf = textOf;
    this.#added = new Map(vocabulary.added.map((token) => [token.id, token]));
  }

  /** `space`: what a space mark stands for. */
  read(id: number, space: string): Uint8Array {
    const token = this.#vocabulary.tokens[id] ?? null;
    const added = this.#added.get(id);
    // What was added stands for its own text; a common token that was added again, for its bytes.
    if (added !== undefined && (added.isSpecial || token === null)) {
      return this.#text(this.#textOf(added), space);
    }
    if (token === null) return noBytes;
    const { symbols, fallsBackToBytes } = this.#vocabulary;
    if (symbols === 'bytes') return spelledBytes(token) ?? utf8.encode(token);
    const byte = fallsBackToBytes ? byteToken.exec(token) : null;
    return byte === null ? this.#text(token, space) : Uint8Array.of(Number.parseInt(byte[1]!, 16));
  }

  #text(text: string, space: string): Uint8Array {
    const { spaceMark } = this.#vocabulary;
    return utf8.encode(spaceMark === null ? text : text.replaceAll(spaceMark.mark, space));
  }
}
