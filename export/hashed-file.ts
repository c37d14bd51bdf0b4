// Writes a file front to back, hashing what goes by, so that a file of many gigabytes is summed up
// without being read again.

import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';

export interface FileSummary {
  readonly bytes: number;
  readonly sha256: string;
}

export class HashedFile {
  readonly #file: FileHandle;
  readonly #hash = createHash('sha256');
  #bytes = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** Creates the file; one that exists already is an error. */
  static async create(path: string): Promise<HashedFile> {
    return new HashedFile(await open(path, 'wx'));
  }

  /** Where the next byte goes. */
  get bytes(): number {
    return this.#bytes;
  }

  async append(data: Uint8Array): Promise<void> {
    // A write may take less than it was given: 2 GiB at most on Linux.
    for (let done = 0; done < data.byteLength; ) {
      done += (await this.#file.write(data, done)).bytesWritten;
    }
    this.#hash.update(data);
    this.#bytes += data.byteLength;
  }

  /** Zeros up to the next multiple of `alignment`. */
  async align(alignment: number): Promise<void> {
    const missing = -this.#bytes & (alignment - 1);
    if (missing > 0) await this.append(new Uint8Array(missing));
  }

  /** Makes sure that everything is on the disk, and closes. */
  async finish(): Promise<FileSummary> {
    await this.#file.sync();
    await this.#file.close();
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }

  /** Closes a file that will not be finished; harmless after `finish`. */
  async abandon(): Promise<void> {
    await this.#file.close().catch(() => {});
  }
}
