// Whether something new can be kept in the cache folder, asked before work is done for it.

import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';
import { ServeError } from '../errors.ts';

/** Throws `ServeError` (invalid_setting) where it cannot be written, or not be made. */
export function requireWritableCache(cacheDirectory: string): void {
  // Of folders to be made on a read-only file system, Node says that they do not exist.
  let folder = path.resolve(cacheDirectory);
  while (!existsSync(folder)) folder = path.dirname(folder);
  try {
    accessSync(folder, constants.W_OK);
  } catch (error) {
    throw new ServeError(
      'invalid_setting',
      `--cache-directory ${cacheDirectory}: what is pulled or exported is kept there, and it cannot ` +
        `be written (${(error as Error).message})`,
      '--cache-directory',
    );
  }
}
