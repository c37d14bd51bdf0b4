// One open file of a checkpoint, read at any place. Positions are plain numbers: exact to 2^53, far
// beyond any file. What is asked for and not there is an error that names the file; nothing is
// allocated for a claim that the file is too short for.

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { basename } from 'node:path';
import { CheckpointError } from '../../models/errors.ts';

/** Makes an error to throw of what is wrong with a file; it names the file. */
export type Broken = (what: string) => CheckpointError;

/** Node reads at most 2^31 - 1 bytes in one call. */
const largestRead = 2 ** 30;

/** A pipe would otherwise be waited for until somebody writes to it. */
const readOnly = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

export class SourceFile {
  /** Without its folder: how messages name it. */
  readonly name: string;
  readonly bytes: number;
  readonly #descriptor: number;

  private constructor(path: string, descriptor: number, bytes: number) {
    this.name = basename(path);
    this.bytes = bytes;
    this.#descriptor = descriptor;
  }

  static open(path: string): SourceFile {
    const descriptor = openDescriptor(path);
    const stat = fstatSync(descriptor);
    if (stat.isFile()) return new SourceFile(path, descriptor, stat.size);
    closeSync(descriptor);
    throw new CheckpointError(`${basename(path)} is not a file`);
  }

  read(position: number, length: number): Uint8Array<ArrayBuffer> {
    this.require(position, length);
    const bytes = new Uint8Array(length);
    this.readInto(bytes, position);
    return bytes;
  }

  /** Fills `target` with what is at `position`. */
  readInto(target: Uint8Array, position: number): void {
    this.require(position, target.length);
    for (let done = 0; done < target.length; ) {
      const wanted = Math.min(target.length - done, largestRead);
      const count = readSync(this.#descriptor, target, done, wanted, position + done);
      if (count === 0) throw this.broken('it was cut short while being read');
      done += count;
    }
  }

  /** What is wrong with this file, as an error to throw. */
  broken(what: string): CheckpointError {
    return new CheckpointError(`${this.name}: ${what}`);
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  /** Throws unless the file has `length` bytes from `position` on. */
  require(position: number, length: number): void {
    if (position >= 0 && length >= 0 && position + length <= this.bytes) return;
    const end = position + length;
    throw this.broken(`it is cut short: ${this.bytes} bytes, and ${end} are needed`);
  }
}

function openDescriptor(path: string): number {
  try {
    return openSync(path, readOnly);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    const why = code === 'ENOENT' ? 'is missing' : `cannot be opened (${code})`;
    throw new CheckpointError(`${basename(path)} ${why}`);
  }
}
