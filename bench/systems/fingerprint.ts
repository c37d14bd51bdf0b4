// Which checkpoint something was made of, so that nothing made of another one is taken for it.

import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import path from 'node:path';
import type { BenchModel } from './system.ts';

/**
 * Of a checkpoint's place, the size and time of its files, and `choices` of what is made of it; 12 letters
 * and digits.
 */
export function fingerprint(
  { checkpoint }: Pick<BenchModel, 'checkpoint'>,
  choices: readonly unknown[],
): string {
  const files = ['model.safetensors', 'config.json'].map((name) => {
    const { size, mtimeMs } = statSync(path.join(checkpoint, name));
    return [name, size, mtimeMs];
  });
  const facts = JSON.stringify([path.resolve(checkpoint), files, choices]);
  return createHash('sha256').update(facts).digest('hex').slice(0, 12);
}
