// That the library stays open as long as its functions are called.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/folders.ts';
import { encodeGraph } from './tiny-graph.ts';

const program = `
import { setImmediate } from 'node:timers/promises';
import { Session } from './dist/src/onnxruntime/session.js';
const options = { provider: { kind: 'cpu' }, threads: 1, configuration: {} };
for (let round = 0; round < 3; round++) {
  new Session(process.argv[1], options).dispose();
  for (let turn = 0; turn < 20; turn++) {
    globalThis.gc();
    await setImmediate();
  }
}
console.log('still here');
`;

test('a garbage collection between two calls does not unload the library', () => {
  const file = path.join(temporaryFolder(), 'sum.onnx');
  writeFileSync(file, encodeGraph());
  const words = ['--expose-gc', '--input-type=module', '--eval', program, file];
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  expect(stderr).toBe('');
  expect(stdout).toBe('still here\n');
  expect(status).toBe(0);
});
