// Byte-level BPE: a text is cut into pieces by the vocabulary's pattern, and each piece's UTF-8 is
// merged into tokens. Lone surrogates count as U+FFFD, since UTF-8 has nothing else for them. The
// special token's text stands for it wherever it occurs, as in Hugging Face.

import { invariant } from '../errors.ts';
import { ByteDecoder, decodeBytes } from './byte-decoder.ts';
import { type Decoder, noFrame, type Tokenizer } from './contract.ts';
import type { Vocabulary } from './gpt2-vocabulary.ts';
import { Merger } from './merge.ts';

/** Nearly every piece is shorter than this many bytes; the memory to merge those is kept. */
const usualBytes = 1024;

const utf8 = new TextEncoder();
const noBytes = new Uint8Array(0);

export class BytePairTokenizer implements Tokenizer {
  readonly vocabularySize: number;
  readonly frame = noFrame;
  readonly addsPrefixSpace = false;
  readonly #vocabulary: Vocabulary;
  readonly #specialBytes: Uint8Array;
  readonly #merger: Merger;
  readonly #scratch = new Uint8Array(usualBytes);

  constructor(vocabulary: Vocabulary, vocabularySize: number) {
    invariant(vocabularySize > vocabulary.special.id, 'the model has a row for every token');
    this.vocabularySize = vocabularySize;
    this.#vocabulary = vocabulary;
    this.#specialBytes = utf8.encode(vocabulary.special.text);
    this.#merger = new Merger(vocabulary.table, usualBytes);
  }

  encode(text: string): number[] {
    return this.encodeWithin(text, Number.POSITIVE_INFINITY)!;
  }

  encodeWithin(text: string, limit: number): number[] | null {
    const { table, pattern, special } = this.#vocabulary;
    // No token stands for more text than this, since each UTF-16 unit takes at least a byte.
    if (text.length > limit * Math.max(table.longestBytes, special.text.length)) return null;
    const ids: number[] = [];
    for (let start = 0; ; ) {
      const specialStart = text.indexOf(special.text, start);
      const plain = text.slice(start, specialStart < 0 ? undefined : specialStart);
      for (const [piece] of plain.matchAll(pattern)) {
        if (!this.#encodePiece(piece, limit, ids)) return null;
      }
      if (specialStart < 0) return ids;
      ids.push(special.id);
      if (ids.length > limit) return null;
      start = specialStart + special.text.length;
    }
  }

  /** Appends the piece's ids; false where there are more than `limit` ids then, or would be. */
  #encodePiece(piece: string, limit: number, ids: number[]): boolean {
    const { table } = this.#vocabulary;
    const isUsual = piece.length * 3 <= usualBytes;
    const bytes = isUsual ? this.#scratch : utf8.encode(piece);
    const length = isUsual ? utf8.encodeInto(piece, bytes).written : bytes.length;
    const whole = table.find(bytes, 0, length);
    if (whole >= 0) {
      ids.push(whole);
    } else {
      if (ids.length + table.fewestTokens(bytes, length) > limit) return false;
      const merger = isUsual ? this.#merger : new Merger(table, length);
      merger.merge(bytes, length, ids);
    }
    return ids.length <= limit;
  }

  decode(ids: readonly number[]): string {
    return decodeBytes(ids.map((id) => this.bytesOf(id)));
  }

  bytesOf(id: number): Uint8Array {
    const { table, special } = this.#vocabulary;
    invariant(
      Number.isInteger(id) && id >= 0 && id < this.vocabularySize,
      `the id ${id} is in a vocabulary of ${this.vocabularySize}`,
    );
    if (id < table.tokenCount) return table.bytesOf(id);
    // Rows that only fill up the embedding (to a multiple of 64, say) stand for no text.
    return id === special.id ? this.#specialBytes : noBytes;
  }

  isSpecial(id: number): boolean {
    return id === this.#vocabulary.special.id;
  }

  isTwin(): boolean {
    return false;
  }

  createDecoder(): Decoder {
    return new ByteDecoder(this);
  }
}
