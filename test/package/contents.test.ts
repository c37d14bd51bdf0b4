// What npm would publish: what runs, what compilers need to know of it, the built-in model, and nothing
// else.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../support/folders.ts';
import { buildIn, type Packed, pack } from '../support/installed-package.ts';

const root = temporaryFolder();

let manifest: { readonly exports: Record<string, { types?: string }>; scripts: object };
let packed: Packed;
let names: readonly string[];
beforeAll(() => {
  buildIn(root);
  manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
  packed = pack(root, '--dry-run');
  names = packed.files.map((file) => file.path);
});

const rules: Readonly<Record<string, RegExp>> = {
  'what npm always takes': /^(package\.json|README\.md|LICENSE)$/,
  'the program': /^dist\/(src|models|export)\/[a-z0-9/-]+\.js$/,
  'its public types':
    /^dist\/(src\/(index|errors|hub\/errors|library\/[a-z]+)|models\/errors)\.d\.ts$/,
  'the client and its types': /^dist\/client\/[a-z-]+\.(js|d\.ts)$/,
  'the page': /^dist\/page\/[a-z/-]+\.(js|html|css|svg)$/,
  'the built-in model and its card':
    /^models\/storyteller\/(config\.json|model\.safetensors|README\.md)$/,
};

test('every file is there for a reason', () => {
  const stray = names.filter((name) => !Object.values(rules).some((rule) => rule.test(name)));
  expect(stray).toEqual([]);
  for (const [reason, rule] of Object.entries(rules)) {
    expect(
      names.some((name) => rule.test(name)),
      reason,
    ).toBe(true);
  }
});

test('types that can be reached are there, and no others', () => {
  const entries = Object.values(manifest.exports).flatMap(({ types }) =>
    types === undefined ? [] : [path.posix.normalize(types)],
  );
  const reached = new Set(entries);
  for (const name of reached) {
    const text = readFileSync(path.join(root, name), 'utf8');
    for (const [, from] of text.matchAll(/from '(\.[^']+)\.[jt]s'/g)) {
      reached.add(path.posix.join(path.posix.dirname(name), `${from}.d.ts`));
    }
  }
  // A module without anything public has nothing to reach: the client's own parts stay together.
  const types = names.filter((name) => name.endsWith('.d.ts') && !name.startsWith('dist/client/'));
  expect(types.toSorted()).toEqual(
    [...reached].filter((name) => !name.startsWith('dist/client/')).toSorted(),
  );
  expect(names).toEqual(expect.arrayContaining([...reached]));
});

test('the page has all of its modules', () => {
  const modules = names.filter((name) => /^dist\/page\/.*\.js$/.test(name));
  const missing = modules.flatMap((name) => {
    const text = readFileSync(path.join(root, name), 'utf8');
    return [...text.matchAll(/from ['"](\.[^'"]+)['"]/g)]
      .map(([, from]) => path.posix.join(path.posix.dirname(name), from!))
      .filter((imported) => !names.includes(imported));
  });
  expect(missing).toEqual([]);
  expect(modules).toContain('dist/page/src/page/main.js');
});

test('it is about as large as the built-in model', () => {
  const weights = packed.files.find(({ path: name }) => name.endsWith('model.safetensors'))!.size;
  expect(packed.unpackedSize - weights).toBeLessThan(2 * 1024 ** 2);
});

test('nothing is run when it is installed', () => {
  const scripts = Object.keys(manifest.scripts);
  expect(scripts.filter((name) => /^(pre|post)?(install|prepare)$/.test(name))).toEqual([]);
  expect(manifest).not.toHaveProperty('private');
});
