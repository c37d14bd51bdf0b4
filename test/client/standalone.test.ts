// The client is for browsers, too: it compiles where there is a DOM and no Node, and is small.

import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const folder = path.resolve(import.meta.dirname, '../../client');

test("compiles with a browser's types alone", async () => {
  const project = path.join(import.meta.dirname, 'browser.tsconfig.json');
  const tsc = path.resolve(import.meta.dirname, '../../node_modules/.bin/tsc');
  const { stdout } = await promisify(execFile)(tsc, ['--project', project]);
  expect(stdout).toBe('');
});

test('imports nothing but its own files', async () => {
  for (const name of await readdir(folder)) {
    const text = await readFile(path.join(folder, name), 'utf8');
    for (const [, from] of text.matchAll(/(?:from|import) '([^']+)'/g)) {
      expect(from, name).toMatch(/^\.\/[a-z-]+\.ts$/);
    }
  }
});
