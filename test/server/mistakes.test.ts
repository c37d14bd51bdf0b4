// Mistakes that can be seen before any work is done are told then: in one sentence, by the flag that is at
// fault and where it came from, with code 2.

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/folders.ts';
import { type RunOptions, runProgram } from '../support/program.ts';

const folder = temporaryFolder();
const cache = path.join(folder, 'cache');
const empty = path.join(folder, 'empty');
mkdirSync(empty);

function written(name: string, content: string): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

const text = written('text.txt', 'Once upon a time there was a king.');
const full = path.join(folder, 'full');
mkdirSync(full);
writeFileSync(path.join(full, 'letter.txt'), 'Dear');

async function refused(words: readonly string[], options: RunOptions = {}): Promise<string> {
  const environment = { KVASIR_CACHE_DIRECTORY: cache, ...options.environment };
  const { code, stdout, stderr } = await runProgram(words, { ...options, environment });
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  // Nothing was exported for it.
  expect(existsSync(path.join(cache, 'artifacts'))).toBe(false);
  return stderr;
}

describe('refused at once', () => {
  const checkpoint = path.resolve('models/storyteller');
  const under = path.join(text, 'below');
  test.each([
    [
      ['export', '--checkpoint', empty, '--out', 'x'],
      /--checkpoint .* there is no checkpoint in .*config\.json/,
    ],
    [['export', '--checkpoint', checkpoint, '--out', full], /^--out: .*full holds no kvasir\.json/],
    [['export', '--checkpoint', checkpoint, '--out', under], /^--out .* cannot be written: /],
    [
      [
        'export',
        '--checkpoint',
        checkpoint,
        '--out',
        'x',
        '--precision',
        'fp16',
        '--kv-precision',
        'int8',
      ],
      /^--kv-precision int8: /,
    ],
    [
      ['export', '--checkpoint', checkpoint, '--out', 'x', '--calibration', text],
      /^--calibration is for --kv-precision int8, and this cache is in fp32: leave it out/,
    ],
    [
      ['generate', 'A', '--url', 'http://127.0.0.1:9', '--precision', 'int8'],
      /^--precision is for a model of this machine; with --url the server decides it/,
    ],
    [['list', '--cache-directory', text], /^--cache-directory: .* is not a folder/],
    [['serve', '--model', text], /^--model .*: this is a file; name the folder/],
    [['pull', 'storyteller'], /^storyteller is built in, .*: kvasir serve --model storyteller/],
    [['init', '--out', full], /^--out: .*full exists already; name another folder/],
    [['serve', '--cache-directory', under], /^--cache-directory .* cannot be written: /],
    [['generate', 'A', '--cache-directory', under], /^--cache-directory .* cannot be written: /],
    [['serve', '--model', empty], /^--model .* holds neither a checkpoint/],
    [
      ['serve', '--chat-template', path.join(folder, 'none.json')],
      /^--chat-template: .*none\.json/,
    ],
    [['serve', '--chat-template', text], /^--chat-template: .*JSON/],
    [
      ['eval', '--text', text, '--context', '2000'],
      /^--context 2000: this model's context is 1024/,
    ],
    [['eval', '--text', text, '--context', '4', '--stride', '5'], /^--stride 5: /],
    [['eval', '--text', text, '--json', folder], /^--json .* cannot be written: it is a folder/],
    [['doctor', '--scratch', under], /^--scratch .* cannot be written: /],
    [['doctor', '--out', folder], /^--out .* cannot be written: it is a folder/],
    [['pull', 'owner/x', '--cache-directory', under], /^--cache-directory .* cannot be written: /],
  ])('kvasir %j', async (words, reason) => {
    expect(await refused(words)).toMatch(reason);
  });

  test.skipIf(!existsSync('/proc/self'))(
    'a cache folder in /proc, where nothing can be made',
    async () => {
      expect(await refused(['serve', '--cache-directory', '/proc/kvasir/cache'])).toMatch(
        /^--cache-directory \/proc\/kvasir\/cache cannot be written: nothing can be made there/,
      );
    },
  );
});

describe('a value that turns out wrong is told with where it came from', () => {
  test('a variable', async () => {
    const environment = { KVASIR_CONTEXT: '2000' };
    expect(await refused(['eval', '--text', text], { environment })).toMatch(
      /^--context 2000: .* \(--context is from KVASIR_CONTEXT\)$/m,
    );
  });

  test('a file of settings', async () => {
    const config = written('settings.json', '{ "eval": { "context": 2000 } }');
    expect(await refused(['eval', '--text', text, '--config', config])).toMatch(
      / \(--context is from .*settings\.json, eval\)$/m,
    );
  });

  test('kvasir.json in the working directory', async () => {
    const place = path.join(folder, 'place');
    mkdirSync(place);
    writeFileSync(path.join(place, 'kvasir.json'), '{ "serve": { "port": "high" } }');
    expect(await refused(['serve'], { folder: place })).toBe(
      'kvasir.json, serve: port must be a whole number from 0 to 65535, got "high"\n',
    );
  });
});
