// Names of models, and which of them may become addresses and folders.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseModelName, repoOf, shownName } from '../../src/hub/model-name.ts';
import { repoFolderName } from '../../src/hub/pulled.ts';

test.each([
  ['gpt2', 'openai-community/gpt2', 'main'],
  ['gpt2-xl', 'openai-community/gpt2-xl', 'main'],
  ['distilgpt2', 'distilbert/distilgpt2', 'main'],
  ['gpt2@v1', 'openai-community/gpt2', 'v1'],
  ['microsoft/DialoGPT-small', 'microsoft/DialoGPT-small', 'main'],
  ['a/b@refs/pr/1', 'a/b', 'refs/pr/1'],
  ['a/b.c_d@607a30d', 'a/b.c_d', '607a30d'],
])('%s is %s at %s', (text, repo, revision) => {
  const name = parseModelName(text)!;
  expect(repoOf(name)).toBe(repo);
  expect(name.revision).toBe(revision);
});

test.each([
  'storyteller',
  'constructor',
  '',
  '/',
  'a/',
  '/a',
  'a/b/c',
  './a',
  '../a',
  'a/..',
  'a/.b',
  'a--b/c',
  'a/b..c',
  'a b/c',
  'a/b?c',
  'a/b#c',
  'a/b%2e',
  'a\\b/c',
  'a/b@',
  'a/b@..',
  'a/b@x/../y',
  'a/b@x y',
  'a/b@-x',
  'a/b@x/',
  `a/${'b'.repeat(97)}`,
])('%j is no name of a model', (text) => {
  expect(parseModelName(text)).toBeNull();
});

test('a name that is one stays in its folder and in its address', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[\w./@-]{1,20}$/), (text) => {
      const name = parseModelName(text);
      if (name === null) return;
      expect(repoFolderName(name)).toMatch(/^[\w][\w.-]*$/);
      expect(new URL(`https://h/${repoOf(name)}/x`).pathname).toBe(`/${repoOf(name)}/x`);
      expect(parseModelName(shownName(name))).toEqual(name);
      const [owner, repo] = repoFolderName(name).split('--');
      expect([owner, repo]).toEqual([name.owner, name.repo]);
    }),
  );
});
