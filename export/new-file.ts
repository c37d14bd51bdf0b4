// Writes a new file front to back and sums it up as it goes by, so that a file of many gigabytes is
// hashed without being read again. What is reported as written is on the disk.

import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';

export interface FileSummary {
  readonly bytes: number;
  readonly sha256: string;
}

/** Creates the file at `path`; one that exists already is an error. */
export async function writeNewFile(
  path: string,
  write: (file: NewFile) => Promise<void>,
): Promise<FileSummary> {
  const handle = await open(path, 'wx');
  try {
    const file = new NewFile(handle);
    await write(file);
    await handle.sync();
    return file.summary();
  } finally {
    await handle.close();
  }
}

export function encodeJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
}

export class NewFile {
  readonly #handle: FileHandle;
  readonly #hash = createHash('sha256');
  #bytes = 0;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  /** Where the next byte goes. */
  get bytes(): number {
    return this.#bytes;
  }

  async append(data: Uint8Array): Promise<void> {
    // A write may take less than it was given: 2 GiB at most on Linux.
    for (let done = 0; done < data.byteLength; ) {
      done += (await this.#handle.write(data, done)).bytesWritten;
    }
    this.#hash.update(data);
    this.#bytes += data.byteLength;
  }

  /** Zeros up to the next multiple of `alignment`. */
  async align(alignment: number): Promise<void> {
    const past = this.#bytes % alignment;
    if (past > 0) await this.append(new Uint8Array(alignment - past));
  }

  summary(): FileSummary {
    return { bytes: this.#bytes, sha256: this.#hash.digest('hex') };
  }
}
