// The bytes that each token of a vocabulary adds to a text, end to end in one array.

import { spelledBytes } from '../../models/byte-spelling.ts';
import type { AddedToken, Vocabulary } from '../../models/vocabulary.ts';

const utf8 = new TextEncoder();
const byteToken = /^<0x([0-9A-F]{2})>$/;

export class TokenBytes {
  readonly #bytes: Uint8Array;
  readonly #starts: Uint32Array; // [vocabularySize + 1]

  /** What a token adds where it begins a text and its space marks are left out. */
  readonly withoutMarks: (id: number) => Uint8Array;

  /** `textOf`: what an added token is found by. Ids without a token have no bytes: embeddings may have rows that only fill them up. */
  constructor(
    vocabulary: Vocabulary,
    vocabularySize: number,
    textOf: (added: AddedToken) => string,
  ) {
    const added = new Map(vocabulary.added.map((token) => [token.id, token]));
    const { spaceMark } = vocabulary;
    const read = (id: number, space: string) => {
      const token = vocabulary.tokens[id] ?? null;
      const own = added.get(id);
      // What was added stands for its own text; a common token that was added again, for its bytes.
      const isOwn = own !== undefined && (own.isSpecial || token === null);
      const text = isOwn ? textOf(own) : (token ?? '');
      if (vocabulary.symbols === 'bytes')
        return (isOwn ? null : spelledBytes(text)) ?? utf8.encode(text);
      const byte = vocabulary.fallsBackToBytes && !isOwn ? byteToken.exec(text) : null;
      if (byte !== null) return Uint8Array.of(Number.parseInt(byte[1]!, 16));
      return utf8.encode(spaceMark === null ? text : text.replaceAll(spaceMark.mark, space));
    };
    this.withoutMarks = (id) => read(id, '');
    const parts: Uint8Array[] = [];
    const starts = new Uint32Array(vocabularySize + 1);
    for (let id = 0; id < vocabularySize; id++) {
      const bytes = read(id, ' ');
      parts.push(bytes);
      starts[id + 1] = starts[id]! + bytes.length;
    }
    this.#bytes = new Uint8Array(starts[vocabularySize]!);
    for (const [id, part] of parts.entries()) this.#bytes.set(part, starts[id]);
    this.#starts = starts;
  }

  of(id: number): Uint8Array {
    return this.#bytes.subarray(this.#starts[id], this.#starts[id + 1]);
  }
}
