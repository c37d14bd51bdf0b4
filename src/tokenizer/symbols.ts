// What merging begins with: the tokens of a piece's single symbols. A symbol is a byte of the piece's
// UTF-8, or a character; one without a token becomes its bytes, or the unknown token, or nothing, as
// the vocabulary has it.

import { byteCharacters } from '../../models/byte-spelling.ts';
import type { Vocabulary } from '../../models/vocabulary.ts';

type Ids = ReadonlyMap<string, number>;

const none = -1;
const utf8 = new TextEncoder();

/** How a token is spelled that stands for a single byte where symbols are characters. */
function byteName(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}

export abstract class Symbols {
  readonly #unknownId: number | null;
  readonly #fusesUnknown: boolean;
  readonly #longestWith: Uint32Array; // [tokens] of each symbol: the length of the longest token with it

  constructor({ tokens, unknownId, fusesUnknown }: Vocabulary, idsOf: Ids) {
    this.#unknownId = unknownId;
    this.#fusesUnknown = fusesUnknown;
    this.#longestWith = new Uint32Array(Math.max(tokens.length, (unknownId ?? 0) + 1)).fill(1);
    for (const token of tokens) {
      const units = token?.length ?? 0; // no fewer than characters
      for (const character of token ?? '') {
        const id = idsOf.get(character);
        if (id !== undefined && this.#longestWith[id]! < units) this.#longestWith[id] = units;
      }
    }
  }

  /** Most symbols that a piece may have. */
  most(piece: string): number {
    return 3 * piece.length; // the bytes of its UTF-8
  }

  /** Puts the ids of the piece's symbols into `ids` and returns how many there are. */
  abstract read(piece: string, ids: Int32Array): number;

  /**
   * However symbols are merged into tokens, there are at least this many. Say each symbol is a share of
   * 1 / (length of the longest token that has it): the shares of no token exceed 1.
   */
  fewestTokens(symbols: Int32Array, length: number): number {
    let shares = 0;
    for (let index = 0; index < length; index++) shares += 1 / this.#longestWith[symbols[index]!]!;
    return Math.ceil(shares - length * Number.EPSILON * shares);
  }

  /** Appends the id of a symbol to `length` others; returns how many there are then. */
  protected append(ids: Int32Array, length: number, id: number): number {
    const unknown = this.#unknownId;
    if (id === none && unknown === null) return length;
    if (id === none && this.#fusesUnknown && ids[length - 1] === unknown) return length;
    ids[length] = id === none ? unknown! : id;
    return length + 1;
  }
}

export function symbolsOf(vocabulary: Vocabulary, idsOf: Ids): Symbols {
  return vocabulary.symbols === 'bytes'
    ? new ByteSymbols(vocabulary, idsOf)
    : new CharacterSymbols(vocabulary, idsOf);
}

class ByteSymbols extends Symbols {
  readonly #ids: Int32Array; // [256]
  #bytes = new Uint8Array(1024);

  constructor(vocabulary: Vocabulary, idsOf: Ids) {
    super(vocabulary, idsOf);
    this.#ids = Int32Array.from(byteCharacters, (character) => idsOf.get(character) ?? none);
  }

  read(piece: string, ids: Int32Array): number {
    const isUsual = 3 * piece.length <= this.#bytes.length;
    const bytes = isUsual ? this.#bytes : utf8.encode(piece);
    const count = isUsual ? utf8.encodeInto(piece, bytes).written : bytes.length;
    let length = 0;
    for (let index = 0; index < count; index++) {
      length = this.append(ids, length, this.#ids[bytes[index]!]!);
    }
    return length;
  }
}

class CharacterSymbols extends Symbols {
  readonly #ids: ReadonlyMap<string, number>;
  readonly #byteIds: Int32Array | null; // [256]

  constructor(vocabulary: Vocabulary, idsOf: Ids) {
    super(vocabulary, idsOf);
    this.#ids = new Map([...idsOf].filter(([token]) => /^.$/su.test(token)));
    const byteIds = Int32Array.from(
      { length: 256 },
      (_, byte) => idsOf.get(byteName(byte)) ?? none,
    );
    this.#byteIds = vocabulary.fallsBackToBytes ? byteIds : null;
  }

  read(piece: string, ids: Int32Array): number {
    let length = 0;
    for (const character of piece) {
      const id = this.#ids.get(character) ?? none;
      const bytes = id === none && this.#byteIds !== null ? this.#bytesOf(character) : null;
      if (bytes === null) length = this.append(ids, length, id);
      else for (const byte of bytes) length = this.append(ids, length, byte);
    }
    return length;
  }

  /** The tokens of a character's bytes; null where one is missing. */
  #bytesOf(character: string): number[] | null {
    const ids = Array.from(utf8.encode(character), (byte) => this.#byteIds![byte]!);
    return ids.includes(none) ? null : ids;
  }
}
