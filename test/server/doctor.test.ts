// `kvasir doctor` and `kvasir cuda`, as far as they go without a GPU.

import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../support/folders.ts';

const hasDriver = existsSync('/dev/nvidiactl');

function kvasir(...words: string[]) {
  const { status, stdout, stderr } = spawnSync('node', ['dist/src/main.js', ...words], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test.skipIf(hasDriver)(
  'a GPU that has to be there and is not is a fault, and the parts say why',
  () => {
    const folder = temporaryFolder();
    const out = path.join(folder, 'found.json');
    const flags = [
      '--device',
      'cuda',
      '--cuda-libraries',
      folder,
      '--scratch',
      folder,
      '--out',
      out,
    ];
    const { status, stdout } = kvasir('doctor', ...flags);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^WRONG driver and device: there is no NVIDIA driver\. Install one/m);
    expect(stdout).toMatch(/^WRONG provider: the CUDA provider is not installed/m);
    expect(stdout).toMatch(/^- {5}memory of the device: needs what failed above/m);
    const { checks, about, conclusion } = JSON.parse(readFileSync(out, 'utf8'));
    expect(checks).toHaveLength(5);
    expect(about.build.onnxRuntime).toBe('1.30.0');
    expect(conclusion.wrong).toContain('driver and device');
    expect(readdirSync(folder)).toEqual(['found.json']);
  },
);

test('there is one thing to do about CUDA', () => {
  for (const words of [['cuda'], ['cuda', 'remove']]) {
    const { status, stderr } = kvasir(...words);
    expect(status).toBe(2);
    expect(stderr).toContain('there is "kvasir cuda install" only');
  }
});
