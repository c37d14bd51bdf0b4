// Programs of the system that some tests run. Where one is absent its tests are skipped, and say so;
// KVASIR_TEST_REQUIRES names those whose absence is a failure instead, with commas between.

import { accessSync, constants } from 'node:fs';
import path from 'node:path';

export interface Program {
  /** Its file, or null where it is not installed. */
  readonly file: string | null;
  /** For the end of a suite's name: why it is skipped, or empty. */
  readonly why: string;
}

/** Throws `Error` where it is not installed and must be. */
export function program(name: string): Program {
  const file = find(name);
  if (file !== null) return { file, why: '' };
  const required = (process.env['KVASIR_TEST_REQUIRES'] ?? '').split(',');
  if (required.includes(name)) {
    throw new Error(`${name} is not installed, and KVASIR_TEST_REQUIRES names it`);
  }
  return { file: null, why: ` (skipped: ${name} is not installed)` };
}

function find(name: string): string | null {
  for (const folder of (process.env['PATH'] ?? '').split(path.delimiter)) {
    const file = path.join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {}
  }
  return null;
}
