// Keys from a file and from the environment, and the files that cannot be meant.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type KeySources, readKeys } from '../../src/config/keys.ts';
import { temporaryFolder } from '../support/folders.ts';

const none: KeySources = { apiKeys: [], apiKeysFile: '', adminKeys: [], adminKeysFile: '' };

function fileOf(content: string): string {
  const file = path.join(temporaryFolder(), 'keys');
  writeFileSync(file, content);
  return file;
}

test('a key stands on each line; comments and blank lines do not count', () => {
  const apiKeysFile = fileOf(
    '# clients\n\nsk-one\n  sk#two  \r\nsk-three # of the lab\n#sk-four\n',
  );
  expect(readKeys({ ...none, apiKeysFile }).apiKeys).toEqual(['sk-one', 'sk#two', 'sk-three']);
});

test('keys of the environment and of the file count alike', () => {
  const keys = readKeys({ ...none, apiKeys: ['a'], apiKeysFile: fileOf('b'), adminKeys: ['c'] });
  expect(keys).toEqual({ apiKeys: ['a', 'b'], adminKeys: ['c'] });
});

test('without keys there are none', () => {
  expect(readKeys(none)).toEqual({ apiKeys: [], adminKeys: [] });
});

test.each([
  ['', /--admin-keys-file: there is no key in /],
  ['# later\n', /there is no key in /],
  ['good\ntwo words\n', /line 2 of .* is no key/],
  ['schlüssel', /line 1 of .* is no key/],
])('a file with %j is refused', (content, message) => {
  const sources = { ...none, adminKeysFile: fileOf(content) };
  expect(() => readKeys(sources)).toThrow(message);
});

test.each([
  ['/nowhere/keys', 'is not there'],
  [temporaryFolder(), 'is a folder'],
])('%j, which is no file, is refused by its flag', (apiKeysFile, reason) => {
  expect(() => readKeys({ ...none, apiKeysFile })).toThrow(
    `--api-keys-file: ${apiKeysFile} ${reason}; it must be a file with one key a line`,
  );
});

test('nobody is client and operator with one key, and the refusal does not say it', () => {
  const sources = { ...none, apiKeys: ['same'], adminKeys: ['same'] };
  expect(() => readKeys(sources)).toThrow(/must not be a key of operators/);
  expect(() => readKeys(sources)).not.toThrow(/same/);
});
