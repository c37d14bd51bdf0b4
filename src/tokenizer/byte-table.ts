// Which bytes is this token, and which token are these bytes. A token's rank is its id: the lower,
// the sooner it was learned. The table is built once at start, so it has no string and no object per
// token:
//
//   bytes   | ! | " | # | ... |  t | h | e |  r | e | ...      all tokens, end to end
//   starts  0   1   2         i    i+2 ...                     token t is starts[t] .. starts[t + 1]
//   slots   | -1 | 262 | -1 | 11 | ...                         hash of the bytes -> token, or the next

const emptySlot = -1;

export class ByteTable {
  readonly tokenCount: number;
  /** The length of the longest token. */
  readonly longestBytes: number;
  readonly #bytes: Uint8Array;
  readonly #starts: Uint32Array; // [tokenCount + 1]
  readonly #slots: Int32Array; // a power of two, at most half full
  readonly #longestWith: Uint32Array; // [256] of each byte: the length of the longest token that has it

  constructor(bytes: Uint8Array, starts: Uint32Array) {
    this.#bytes = bytes;
    this.#starts = starts;
    this.tokenCount = starts.length - 1;
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(this.tokenCount * 2))).fill(emptySlot);
    const longestWith = new Uint32Array(256);
    for (let token = 0; token < this.tokenCount; token++) {
      const start = starts[token]!;
      const end = starts[token + 1]!;
      this.#slots[this.#slotOf(bytes, start, end)] = token;
      for (let index = start; index < end; index++) {
        const byte = bytes[index]!;
        if (longestWith[byte]! < end - start) longestWith[byte] = end - start;
      }
    }
    this.#longestWith = longestWith;
    this.longestBytes = Math.max(...longestWith);
  }

  bytesOf(token: number): Uint8Array {
    return this.#bytes.subarray(this.#starts[token], this.#starts[token + 1]);
  }

  /** The token that is bytes[start .. end], or -1. */
  find(bytes: Uint8Array, start: number, end: number): number {
    if (end - start > this.longestBytes) return -1;
    return this.#slots[this.#slotOf(bytes, start, end)]!;
  }

  /**
   * However bytes[0 .. length] are divided into tokens, there are at least this many. Say each byte is
   * a share of 1 / (length of the longest token that has it): the shares of no token exceed 1.
   */
  fewestTokens(bytes: Uint8Array, length: number): number {
    let shares = 0;
    for (let index = 0; index < length; index++) shares += 1 / this.#longestWith[bytes[index]!]!;
    return Math.ceil(shares - length * Number.EPSILON * shares);
  }

  /** The slot of the token with these bytes, or the empty one where it would belong. */
  #slotOf(bytes: Uint8Array, start: number, end: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash(bytes, start, end) & mask;
    for (;;) {
      const token = this.#slots[slot]!;
      if (token === emptySlot || this.#equals(token, bytes, start, end)) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #equals(token: number, bytes: Uint8Array, start: number, end: number): boolean {
    const tokenStart = this.#starts[token]!;
    if (this.#starts[token + 1]! - tokenStart !== end - start) return false;
    for (let index = start; index < end; index++) {
      if (this.#bytes[tokenStart + index - start] !== bytes[index]) return false;
    }
    return true;
  }
}

/** FNV-1a, its high bits folded into the low ones that pick the slot. */
function hash(bytes: Uint8Array, start: number, end: number): number {
  let state = 0x811c9dc5;
  for (let index = start; index < end; index++) {
    state = Math.imul(state ^ bytes[index]!, 0x01000193);
  }
  return state ^ (state >>> 15);
}
