// Makes a folder appear whole or not at all: it is written under a hidden name beside its place,
// brought to the disk, and only then renamed. Whoever is interrupted leaves a hidden folder behind,
// which nobody mistakes for a result; those of a day ago are swept up by the next run.

import { randomBytes } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { CheckpointError } from '../models/errors.ts';

const leftoverAgeMs = 24 * 60 * 60 * 1000;

export interface FolderOptions {
  /** What stands at `path` may be replaced if it holds this file; `null`: nothing may be. */
  readonly replaceIfHolds: string | null;
}

/** `write` fills the folder it is given; when it is done the folder stands at `path`. */
export async function createFolder<T>(
  path: string,
  { replaceIfHolds }: FolderOptions,
  write: (folder: string) => Promise<T>,
): Promise<T> {
  const target = resolve(path);
  const parent = dirname(target);
  await requireReplaceable(target, replaceIfHolds);
  await mkdir(parent, { recursive: true });
  await sweep(target);

  const folder = hiddenName(target);
  const sweepUp = () => rmSync(folder, { recursive: true, force: true });
  await mkdir(folder);
  process.once('exit', sweepUp); // whoever is told to stop midway still leaves nothing
  try {
    const result = await write(folder);
    await sync(folder);
    await moveInto(folder, target, replaceIfHolds);
    await sync(parent);
    return result;
  } finally {
    process.off('exit', sweepUp);
    sweepUp(); // gone already if all went well
  }
}

/** Throws `CheckpointError`. */
export async function requireReplaceable(
  target: string,
  replaceIfHolds: string | null,
): Promise<void> {
  if (!existsSync(target)) return;
  const isFolder = (await stat(target)).isDirectory();
  if (isFolder && (await readdir(target)).length === 0) return;
  if (replaceIfHolds === null) throw new CheckpointError(`${target} exists already`);
  if (isFolder && existsSync(join(target, replaceIfHolds))) return;
  const reason = isFolder ? `holds no ${replaceIfHolds}` : 'is a file';
  throw new CheckpointError(`${target} ${reason}: it is not replaced`);
}

/** A folder cannot be renamed onto a full one: what stands there steps aside first. */
async function moveInto(
  folder: string,
  target: string,
  replaceIfHolds: string | null,
): Promise<void> {
  const aside = hiddenName(target);
  try {
    if (existsSync(target)) await rename(target, aside);
    await rename(folder, target);
  } catch (error) {
    // Another run may have been faster, with a result as good as this one.
    if (replaceIfHolds === null || !existsSync(join(target, replaceIfHolds))) {
      if (existsSync(aside)) await rename(aside, target);
      throw error;
    }
  }
  await rm(aside, { recursive: true, force: true });
}

function hiddenName(target: string): string {
  return join(dirname(target), `.${basename(target)}.partial-${randomBytes(6).toString('hex')}`);
}

async function sweep(target: string): Promise<void> {
  const start = `.${basename(target)}.partial-`;
  for (const name of await readdir(dirname(target))) {
    if (!name.startsWith(start) || !/^[0-9a-f]{12}$/.test(name.slice(start.length))) continue;
    const leftover = join(dirname(target), name);
    const found = await stat(leftover).catch(() => null); // its run may just have ended
    if (found === null) continue;
    if (Date.now() - found.mtimeMs > leftoverAgeMs)
      await rm(leftover, { recursive: true, force: true });
  }
}

async function sync(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync();
  await handle.close();
}
