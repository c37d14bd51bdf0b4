// The folder that a command is to write, looked at before any work is done.

import path from 'node:path';
import { requireReplaceable } from '../../export/folder.ts';
import { CheckpointError } from '../../models/errors.ts';
import { ServeError } from '../errors.ts';
import { requireWritableFolder } from './writable.ts';

/**
 * `replaceIfHolds`: what stands there may go where it has this file; null: nothing may. Throws
 * `ServeError` (invalid_setting).
 */
export async function requireOutput(
  flag: string,
  folder: string,
  replaceIfHolds: string | null,
): Promise<void> {
  const target = path.resolve(folder);
  try {
    await requireReplaceable(target, replaceIfHolds);
  } catch (error) {
    if (!(error instanceof CheckpointError)) throw error;
    const advice = 'name another folder, or remove what is there';
    throw new ServeError('invalid_setting', `${flag}: ${error.message}; ${advice}`, flag);
  }
  requireWritableFolder(flag, path.dirname(target));
}
