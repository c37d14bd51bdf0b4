// What cannot be written is told before any work is done, by the flag that names it.

import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { requireOutput } from '../../src/cli/output-folder.ts';
import {
  requireReadableFolder,
  requireWritableFile,
  requireWritableFolder,
} from '../../src/cli/writable.ts';
import { temporaryFolder } from '../support/folders.ts';

let folder: string;
beforeEach(() => {
  folder = temporaryFolder();
});

test('a folder is made with all that is missing above it, and left empty', () => {
  const deep = path.join(folder, 'a/b/c');
  requireWritableFolder('--cache-directory', deep);
  requireWritableFolder('--cache-directory', deep);
  expect(readdirSync(deep)).toEqual([]);
});

test('a file that is there keeps what it has, one that is not stays away', () => {
  const file = path.join(folder, 'a/report.json');
  requireWritableFile('--json', file);
  expect(existsSync(file)).toBe(false);
  writeFileSync(file, 'kept');
  requireWritableFile('--json', file);
  expect(readFileSync(file, 'utf8')).toBe('kept');
});

test('below a file there is no folder', () => {
  writeFileSync(path.join(folder, 'file'), '');
  const below = path.join(folder, 'file/a');
  expect(() => requireWritableFolder('--scratch', below)).toThrow(
    `--scratch ${below} cannot be written: a part of it is a file`,
  );
  expect(() => requireWritableFile('--json', folder)).toThrow('cannot be written: it is a folder');
});

const noProc = !existsSync('/proc/self');

test.skipIf(noProc)('in /proc nothing can be made, and trying comes to an end', () => {
  expect(() => requireWritableFolder('--cache-directory', '/proc/kvasir/a')).toThrow(
    '--cache-directory /proc/kvasir/a cannot be written: nothing can be made there',
  );
});

const isRoot = process.getuid?.() === 0;
const whyNot = isRoot ? ' (skipped: root may write everywhere)' : '';

test.skipIf(isRoot)(`a folder of others is refused${whyNot}`, () => {
  chmodSync(folder, 0o500);
  expect(() => requireWritableFolder('--out', path.join(folder, 'a'))).toThrow(
    'cannot be written: there is no permission to',
  );
});

test('what is to be written replaces nothing that is something else', async () => {
  const full = path.join(folder, 'full');
  mkdirSync(full);
  writeFileSync(path.join(full, 'letter.txt'), 'Dear');
  await expect(requireOutput('--out', full, null)).rejects.toThrow(
    `--out: ${full} exists already; name another folder, or remove what is there`,
  );
  await expect(requireOutput('--out', full, 'kvasir.json')).rejects.toThrow(
    `--out: ${full} holds no kvasir.json: it is not replaced`,
  );
  await requireOutput('--out', path.join(folder, 'new/one'), null);
});

test('a folder that is read may be missing, but be nothing else', () => {
  const file = path.join(folder, 'file');
  writeFileSync(file, '');
  requireReadableFolder('--cache-directory', folder);
  requireReadableFolder('--cache-directory', path.join(folder, 'missing'));
  expect(() => requireReadableFolder('--cache-directory', file)).toThrow(
    `--cache-directory: ${file} is not a folder`,
  );
});

test('a file is no output folder, and is not called a folder without a manifest', async () => {
  const file = path.join(folder, 'file');
  writeFileSync(file, '');
  await expect(requireOutput('--out', file, 'kvasir.json')).rejects.toThrow(
    `--out: ${file} is a file: it is not replaced; name another folder`,
  );
});
