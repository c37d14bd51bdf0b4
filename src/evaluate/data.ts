// The files that are measured on: read whole, named by their digest. They are the user's.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ServeError } from '../errors.ts';
import { whyUnreadable } from '../setting-file.ts';

export interface DataFile {
  /** What named it, for refusals: `--text`. */
  readonly flag: string;
  readonly path: string;
  readonly bytes: Buffer;
  readonly sha256: string;
}

/** Throws `ServeError` (invalid_setting). */
export function readData(flag: string, path: string): DataFile {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw wrongData({ flag, path }, whyUnreadable(error));
  }
  if (bytes.length === 0) throw wrongData({ flag, path }, 'is empty');
  return { flag, path, bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** Throws `ServeError` (invalid_setting) where it is no UTF-8. */
export function textOf(data: DataFile): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(data.bytes);
  } catch {
    throw wrongData(data, 'is no text in UTF-8');
  }
}

export function wrongData(
  { flag, path }: Pick<DataFile, 'flag' | 'path'>,
  reason: string,
): ServeError {
  return new ServeError('invalid_setting', `${flag} ${path}: ${reason}`, flag);
}
