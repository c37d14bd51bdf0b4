// A file that a flag names, read as text; and what is wrong where it cannot be read.

import { readFileSync } from 'node:fs';
import { ServeError } from './errors.ts';

/** `wanted`: what the file should be. Throws `ServeError`: invalid_setting. */
export function readSettingFile(flag: string, file: string, wanted: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const message = `${flag}: ${file} ${whyUnreadable(error)}; it must be ${wanted}`;
    throw new ServeError('invalid_setting', message, flag);
  }
}

/** To follow the name of the file. */
export function whyUnreadable(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return reasons[code ?? ''] ?? `cannot be read (${message})`;
}

const reasons: Readonly<Record<string, string>> = {
  EISDIR: 'is a folder',
  ENOENT: 'is not there',
  ENOTDIR: 'is not there',
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
};
