// Places that tests read from and write to.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';

const made: string[] = [];

// Registered while the suite's file is read: inside a hook or a test it would come too late.
afterAll(() => {
  for (const folder of made.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A new folder that is gone when the suite has ended. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'kvasir-test-'));
  made.push(folder);
  return folder;
}

const sharedFolder = path.resolve(process.env['KVASIR_SHARED'] ?? '../shared');

/** Data of others that is not part of the project: its folder, or null with why there is none. */
export function sharedData(name: string): string | null {
  const folder = path.join(sharedFolder, name);
  return existsSync(folder) ? folder : null;
}
