// `kvasir rm`: takes a model out of the cache folder, and what was exported from it. Nothing outside
// the cache folder is ever touched: what can be named is what was found in there.

import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { RemoveSettings } from '../config.ts';
import { ServeError } from '../errors.ts';
import { systemClock } from '../hub/clock.ts';
import { parseModelName, repoOf } from '../hub/model-name.ts';
import { findPulled, forgetRevisions, modelFolder } from '../hub/pulled.ts';
import { nearest } from '../nearest.ts';
import { CommandError, exitCodes } from './command-error.ts';
import { megabytes } from './hub-client.ts';
import { folderBytes, type InventoryItem, inventory } from './inventory.ts';
import { requireReadableFolder, whyUnwritable } from './writable.ts';

export async function runRemove(given: string, { cacheDirectory }: RemoveSettings): Promise<void> {
  requireReadableFolder('--cache-directory', cacheDirectory);
  const items = await inventory(cacheDirectory, systemClock);
  const chosen = items.filter(selector(given, cacheDirectory));
  if (chosen.length === 0) throw unknownName(given, cacheDirectory, items);
  if (chosen.some((item) => item.kind === 'unfinished' && item.isUnderWay)) {
    throw refused(`${given} is being pulled right now: end that first`);
  }
  let bytes = 0;
  for (const { folder } of chosen) {
    // A file that another model has, too, stays on the disk.
    bytes += folderBytes(folder, (links) => links === 1);
    try {
      await removeWhole(folder);
    } catch (error) {
      const reason = `${whyUnwritable(error)} (${folder})`;
      throw new CommandError(exitCodes.failed, `${given} cannot be removed: ${reason}`);
    }
  }
  for (const item of chosen) {
    if (item.kind !== 'exported') forgetRevisions(path.dirname(item.folder), item.commit);
  }
  console.log(`${given}: ${megabytes(bytes)} MB freed, in ${shownCount(chosen.length)}`);
}

/** What a name stands for: without a revision, all revisions of it. */
function selector(given: string, cacheDirectory: string): (item: InventoryItem) => boolean {
  const name = parseModelName(given);
  const resolved = path.resolve(given);
  const isNamed = (item: InventoryItem) =>
    item.name === given ||
    (item.kind === 'exported' && (item.name === resolved || path.basename(item.folder) === given));
  if (name === null) return isNamed;
  const whole = modelFolder(cacheDirectory, name);
  const isRevision = given.includes('@');
  const pulled = isRevision ? (findPulled(cacheDirectory, name)?.folder ?? null) : null;
  return (item) => {
    const place = item.kind === 'exported' ? item.checkpointDirectory : item.folder;
    if (isRevision) return place === pulled;
    return isNamed(item) || place.startsWith(whole + path.sep) || item.name === repoOf(name);
  };
}

/** Under another name first: what is half removed is no model any more. */
async function removeWhole(folder: string): Promise<void> {
  const parent = path.dirname(folder);
  await rename(folder, path.join(parent, `.removed-${randomBytes(6).toString('hex')}`));
  // With those of runs that were interrupted here.
  for (const name of readdirSync(parent)) {
    if (/^\.removed-[0-9a-f]{12}$/.test(name)) {
      await rm(path.join(parent, name), { recursive: true, force: true });
    }
  }
}

function unknownName(
  given: string,
  cacheDirectory: string,
  items: readonly InventoryItem[],
): ServeError {
  const names = [...new Set(items.map(({ name }) => name))];
  const close = nearest(given, names);
  const hint =
    close !== null
      ? `did you mean ${close}?`
      : names.length === 0
        ? 'it is empty'
        : `there are ${names.join(', ')}`;
  return refused(`nothing in ${cacheDirectory} is called "${given}": ${hint}`);
}

function shownCount(count: number): string {
  return count === 1 ? 'one folder' : `${count} folders`;
}

function refused(message: string): ServeError {
  return new ServeError('invalid_setting', message, 'NAME');
}
