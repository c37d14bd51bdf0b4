// What ONNX Runtime would tell its maker it does not, in any thread: the number of this machine that it
// would send along, and the events that it would keep until it can, are not written anywhere.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/folders.ts';
import { exportedStoryteller } from '../support/storyteller.ts';

/** A program's answer, with its home and its folder for caches where nothing is. */
async function run(home: string, ...words: string[]): Promise<string> {
  const child = spawn(process.execPath, words, {
    env: { PATH: process.env['PATH'], HOME: home, XDG_CACHE_HOME: path.join(home, 'cache') },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (piece) => {
      said += piece;
      if (said.includes('listening on')) child.kill();
    });
  }
  const [code] = await once(child, 'close');
  expect(code, said).toBe(0);
  return said;
}

test('a server, whose engine has a thread of its own, leaves nothing behind', async () => {
  const home = temporaryFolder();
  const artifact = await exportedStoryteller();
  const said = await run(home, 'dist/src/main.js', 'serve', '--model', artifact, '--port', '0');
  expect(said).not.toMatch(/telemetry/i);
  expect(readdirSync(home, { recursive: true })).toEqual([]);
});

test('an export, which computes in the first thread, leaves nothing behind but what it writes', async () => {
  const home = temporaryFolder();
  const words = ['export', '--checkpoint', 'storyteller', '--out', path.join(home, 'artifact')];
  await run(home, 'dist/src/main.js', ...words);
  expect(readdirSync(home)).toEqual(['artifact']);
});
