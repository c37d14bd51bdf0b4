// A cache folder that cannot be written is told before any work is done.

import { chmodSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { requireWritableCache } from '../../src/cli/cache-folder.ts';
import { temporaryFolder } from '../support/folders.ts';

test('a folder that is still to be made will do', () => {
  const folder = temporaryFolder();
  expect(() => requireWritableCache(folder)).not.toThrow();
  expect(() => requireWritableCache(path.join(folder, 'a/b/c'))).not.toThrow();
});

test.skipIf(process.getuid?.() === 0)('one that belongs to others is refused by its flag', () => {
  const folder = temporaryFolder();
  chmodSync(folder, 0o500);
  expect(() => requireWritableCache(path.join(folder, 'a/b'))).toThrow(
    /--cache-directory .*cannot be written \(EACCES/,
  );
});
