// Whether something can be written or read where a setting says, found out before any work is done for
// it.

import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { ServeError } from '../errors.ts';
import { whyUnreadable } from '../setting-file.ts';

/**
 * Makes the folder where it is missing. `flag`: which setting named it. Throws `ServeError`
 * (invalid_setting).
 */
export function requireWritableFolder(flag: string, folder: string): void {
  try {
    makeFolder(path.resolve(folder));
    rmdirSync(mkdtempSync(path.join(folder, '.kvasir-')));
  } catch (error) {
    throw refused(flag, folder, error);
  }
}

/** A file that is there is left as it is. Throws `ServeError` (invalid_setting). */
export function requireWritableFile(flag: string, file: string): void {
  try {
    makeFolder(path.dirname(path.resolve(file)));
    const isThere = existsSync(file);
    closeSync(openSync(file, 'a'));
    if (!isThere) rmSync(file);
  } catch (error) {
    throw refused(flag, file, error);
  }
}

/** One after the other: Node's own way of making several never returns in /proc. */
function makeFolder(folder: string): void {
  const parent = path.dirname(folder);
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found?.isDirectory()) return;
  if (found === undefined && parent !== folder) makeFolder(parent);
  try {
    mkdirSync(folder);
  } catch (error) {
    // Somebody else may have been faster.
    if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'there is no permission to',
  EPERM: 'there is no permission to',
  EROFS: 'the file system is read-only',
  ENOENT: 'nothing can be made there',
  ENOTDIR: 'a part of it is a file',
  EEXIST: 'there is a file of that name',
  EISDIR: 'it is a folder',
  ENOSPC: 'the disk is full',
};

/** In words that follow "cannot be written". */
export function whyUnwritable(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return reasons[code] ?? message;
}

function refused(flag: string, place: string, error: unknown): ServeError {
  const message = `${flag} ${place} cannot be written: ${whyUnwritable(error)}`;
  return new ServeError('invalid_setting', message, flag);
}

/** One that is missing is as good as empty. Throws `ServeError` (invalid_setting). */
export function requireReadableFolder(flag: string, folder: string): void {
  try {
    readdirSync(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return;
    const reason = code === 'ENOTDIR' ? 'is not a folder' : whyUnreadable(error);
    throw new ServeError('invalid_setting', `${flag}: ${folder} ${reason}`, flag);
  }
}
