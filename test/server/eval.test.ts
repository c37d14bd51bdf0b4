// `kvasir eval` as a process, against an independent implementation's numbers for the same weights.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/folders.ts';
import { exportedStoryteller, oracle } from '../support/storyteller.ts';

const folder = temporaryFolder();
let artifact: string;
beforeAll(async () => {
  artifact = await exportedStoryteller();
});

async function evaluate(...words: string[]) {
  const child = spawn(process.execPath, [
    'dist/src/main.js',
    'eval',
    '--model',
    artifact,
    ...words,
  ]);
  let output = '';
  let errors = '';
  child.stdout.on('data', (piece) => (output += piece));
  child.stderr.on('data', (piece) => (errors += piece));
  const [code] = await once(child, 'close');
  return { code: code as number, output, errors };
}

function written(name: string, content: string | Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}

test('ids have the perplexity that an independent implementation gives them', async () => {
  const ids = written('text.u16', new Uint8Array(Uint16Array.from(oracle.text.ids).buffer));
  const json = path.join(folder, 'report.json');
  // The fixture has windows of 512 tokens that are scored, each after another one.
  const cut = ['--context', '513', '--stride', '512'];
  const { code, output } = await evaluate('--ids', ids, ...cut, '--json', json);
  expect(code).toBe(0);
  const [found] = JSON.parse(readFileSync(json, 'utf8')).tasks;
  expect(found).toMatchObject({ task: 'ids', file: ids, bytes: 4098, scoredTokens: 2048 });
  expect(found.measures).toMatchObject([{ name: 'perplexity a token', paper: null }]);
  expect(Math.log(found.measures[0].value)).toBeCloseTo(oracle.text.mean_nll, 5);
  expect(output).toMatch(/perplexity a token +51\.59\d\d +2,048/);
});

describe('is refused', () => {
  const short = written('short.txt', 'Once upon a time.');
  test.each([
    [[], /nothing to measure: give any of --text, --ids/],
    [['--text', path.join(folder, 'none.txt')], /--text .*none\.txt.*no such file/],
    [['--text', written('empty.txt', '')], /--text .*empty\.txt: is empty/],
    [['--text', written('bytes.txt', Uint8Array.of(65, 255))], /bytes\.txt: is no text in UTF-8/],
    [['--text', short], /short\.txt: has 5 tokens, and a window 1024: give a shorter --context/],
    [['--text', short, '--context', '2048'], /--context 2048: this model's context is 1024/],
    [['--text', short, '--context', '4', '--stride', '5'], /--stride 5: windows of 4 tokens/],
    [['--ids', written('odd.u16', 'odd')], /--ids .*odd\.u16: has 3 bytes/],
    [['--ids', written('high.u16', Uint8Array.of(255, 255))], /id 0 is 65535.* 0 to 50256/],
  ])('%j', async (words, reason) => {
    const { code, errors, output } = await evaluate(...words);
    expect(errors).toMatch(reason);
    expect(errors).not.toMatch(/\n\s+at /);
    expect(output).toBe('');
    expect(code).toBe(2);
  });
});
