// The bytes of one pickle after the other, read from a part of a file through a small window. Nothing
// is allocated for a length that the part does not have.

import type { CheckpointError } from '../../../models/errors.ts';
import type { SourceFile } from '../source-file.ts';

/** A state dict takes some 150 bytes a tensor; GPT-2 XL has 580 tensors. */
export const largestPickle = 2 ** 24;

const windowBytes = 2 ** 16;
const longestLine = 256;
const newline = 0x0a;

export class PickleInput {
  readonly #file: SourceFile;
  readonly #end: number;
  #window: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #at = 0;
  #windowStart: number;

  constructor(file: SourceFile, start: number, end: number) {
    this.#file = file;
    this.#end = end;
    this.#windowStart = start;
  }

  /** In the file, of the next byte. */
  get position(): number {
    return this.#windowStart + this.#at;
  }

  get atEnd(): boolean {
    return this.position === this.#end;
  }

  byte(): number {
    if (this.#at === this.#window.length) this.#fill(1);
    return this.#window[this.#at++]!;
  }

  /** The next `count` bytes; they are used again by the next call. */
  bytes(count: number): Uint8Array<ArrayBuffer> {
    if (this.#at + count > this.#window.length) this.#fill(count);
    const bytes = this.#window.subarray(this.#at, this.#at + count);
    this.#at += count;
    return bytes;
  }

  /** `count` bytes as a number, little-endian, up to 2^53. */
  wholeNumber(count: 1 | 2 | 4 | 8): number {
    const bytes = this.bytes(count);
    const value = bytes.reduceRight((high, byte) => high * 256 + byte, 0);
    if (!Number.isSafeInteger(value)) throw this.broken(`the length ${value} is beyond any file`);
    return value;
  }

  text(byteCount: number): string {
    return this.#decode(this.bytes(byteCount));
  }

  /** Up to the next newline. */
  line(): string {
    const bytes: number[] = [];
    for (let next = this.byte(); next !== newline; next = this.byte()) {
      bytes.push(next);
      if (bytes.length > longestLine) throw this.broken(`a line has over ${longestLine} bytes`);
    }
    return this.#decode(Uint8Array.from(bytes));
  }

  broken(what: string): CheckpointError {
    return this.#file.broken(`the pickle is broken at byte ${this.position}: ${what}`);
  }

  #decode(bytes: Uint8Array): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw this.broken('a string is not UTF-8');
    }
  }

  /** Moves the window so that it begins at the next byte and holds `count` bytes at least. */
  #fill(count: number): void {
    const left = this.#end - this.position;
    if (count > left) throw this.broken(`it is cut short: ${count} bytes wanted, ${left} left`);
    this.#windowStart = this.position;
    this.#at = 0;
    const length = Math.min(left, Math.max(count, windowBytes));
    this.#window = this.#file.read(this.#windowStart, length);
  }
}
