// Whether a folder holds a checkpoint, said before any work is done, and how long its model's context is.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { configFile, hparamsFile, readConfig } from '../../export/checkpoint/checkpoint.ts';
import { manifestFile } from '../../models/manifest.ts';
import { ServeError } from '../errors.ts';

function isArtifact(folder: string): boolean {
  return existsSync(path.join(folder, manifestFile));
}

/** `given`: as `flag` named it. Throws `ServeError` (invalid_setting). */
export function requireCheckpoint(flag: string, given: string, folder: string): void {
  if ([configFile, hparamsFile].some((name) => existsSync(path.join(folder, name)))) return;
  const isOurs = isArtifact(folder);
  throw new ServeError(
    'invalid_setting',
    isOurs
      ? `${flag} ${given}: ${folder} holds an artifact, which was exported already: serve it with ` +
          `--model ${given}, or name the checkpoint that it was exported from`
      : `${flag} ${given}: there is no checkpoint in ${folder}, which has neither a ${configFile} ` +
          `(Hugging Face's) nor an ${hparamsFile} (OpenAI's)`,
    flag,
  );
}

/** Of an artifact or a checkpoint; throws what opening it would throw. */
export async function contextLengthIn(folder: string): Promise<number> {
  if (!isArtifact(folder)) return readConfig(folder).contextLength;
  const { readManifest } = await import('../model/artifact.ts');
  return readManifest(folder).config.contextLength;
}
