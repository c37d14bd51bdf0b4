// A file that is being filled from the front, and the hashes of what is in it: at any time they are
// those of exactly the bytes that were written.

import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import type { Identity } from './listing.ts';

const readBytes = 2 ** 20;

export interface Promised {
  readonly bytes: number;
  readonly identity: Identity | null;
}

export class PartialFile {
  readonly #handle: FileHandle;
  readonly #promised: Promised;
  #bytes = 0;
  #sha256: Hash;
  /** Git hashes a header before the content, which has the size: it must be known beforehand. */
  #git: Hash;

  private constructor(handle: FileHandle, promised: Promised) {
    this.#handle = handle;
    this.#promised = promised;
    this.#sha256 = createHash('sha256');
    this.#git = gitHash(promised.bytes);
  }

  /** What is there already counts; more than was promised does not. */
  static async open(
    path: string,
    promised: Promised,
    onRead: (bytes: number) => void = () => {},
  ): Promise<PartialFile> {
    const handle = await open(path, 'a+');
    const file = new PartialFile(handle, promised);
    try {
      await file.#readBack(onRead);
      return file;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Appends where the file ends, which is where the hashes are. */
  async append(data: Uint8Array): Promise<void> {
    for (let done = 0; done < data.byteLength; ) {
      done += (await this.#handle.write(data, done)).bytesWritten;
    }
    this.#count(data);
  }

  async restart(): Promise<void> {
    await this.#handle.truncate(0);
    this.#bytes = 0;
    this.#sha256 = createHash('sha256');
    this.#git = gitHash(this.#promised.bytes);
  }

  /** Hexadecimal. */
  get sha256(): string {
    return this.#sha256.copy().digest('hex');
  }

  get isAsPromised(): boolean {
    const { bytes, identity } = this.#promised;
    if (this.#bytes !== bytes) return false;
    if (identity === null) return true;
    const hash = identity.algorithm === 'git' ? this.#git : this.#sha256;
    return hash.copy().digest('hex') === identity.digest;
  }

  /** What was written is on the disk afterwards. */
  async sync(): Promise<void> {
    await this.#handle.sync();
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }

  async #readBack(onRead: (bytes: number) => void): Promise<void> {
    const { size } = await this.#handle.stat();
    if (size > this.#promised.bytes) return await this.restart();
    const buffer = Buffer.allocUnsafe(Math.min(readBytes, Math.max(1, size)));
    while (this.#bytes < size) {
      const { bytesRead } = await this.#handle.read(buffer, 0, buffer.length, this.#bytes);
      if (bytesRead === 0) return;
      this.#count(buffer.subarray(0, bytesRead));
      onRead(this.#bytes);
    }
  }

  #count(data: Uint8Array): void {
    this.#bytes += data.byteLength;
    this.#sha256.update(data);
    if (this.#promised.identity?.algorithm === 'git') this.#git.update(data);
  }
}

function gitHash(bytes: number): Hash {
  return createHash('sha1').update(`blob ${bytes}\0`);
}
