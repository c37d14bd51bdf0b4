// When something in the cache folder was used last, and what it was made from: in a small file of its
// own, whose age is the answer. Where that cannot be written, nothing is: the folder may be somebody
// else's, or an image's.

import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pulledFile } from '../hub/pulled.ts';

/** Beside the files of an exported artifact. */
const originFile = 'kvasir-origin.json';

export interface Origin {
  /** What people call the model: a built-in name, a path, or a name at a hub. */
  readonly name: string;
  readonly checkpointDirectory: string;
  readonly exporterVersion: number;
}

/** `origin`: of an artifact; null for a pulled model, which says itself where it is from. */
export function noteUse(folder: string, origin: Origin | null): void {
  const file = path.join(folder, origin === null ? pulledFile : originFile);
  try {
    if (origin !== null) writeFileSync(file, `${JSON.stringify(origin, null, 2)}\n`);
    else utimesSync(file, new Date(), new Date());
  } catch {}
}

/** Null where nobody said. */
export function lastUsed(folder: string): Date | null {
  for (const name of [originFile, pulledFile]) {
    const found = statSync(path.join(folder, name), { throwIfNoEntry: false });
    if (found !== undefined) return found.mtime;
  }
  return null;
}

/** Null where nobody said. */
export function originOf(artifact: string): Origin | null {
  try {
    const found = JSON.parse(readFileSync(path.join(artifact, originFile), 'utf8'));
    const { name, checkpointDirectory, exporterVersion } = found;
    return {
      name: String(name),
      checkpointDirectory: String(checkpointDirectory),
      exporterVersion,
    };
  } catch {
    return null;
  }
}
