// 64-bit integers that are never negative and always small (ids, positions), read and written by
// their low halves: the high halves stay zero, and no BigInt is made.

export class Int64Vector {
  readonly #halves: Int32Array; // [length, 2], the low half first: every platform here is little-endian

  /** Over zeroed memory, or over what a graph wrote; all of it unless said. */
  constructor(buffer: ArrayBuffer, byteOffset = 0, length = (buffer.byteLength - byteOffset) / 8) {
    this.#halves = new Int32Array(buffer, byteOffset, 2 * length);
  }

  get length(): number {
    return this.#halves.length / 2;
  }

  get(index: number): number {
    return this.#halves[2 * index]!;
  }

  set(index: number, value: number): void {
    this.#halves[2 * index] = value;
  }

  clear(): void {
    this.#halves.fill(0);
  }
}
