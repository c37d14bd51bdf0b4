// What the build of the CUDA image refuses, tried on made libraries.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodeElf } from '../onnxruntime/tiny-elf.ts';
import { temporaryFolder } from '../support/folders.ts';
import { program } from '../support/programs.ts';

const readelf = program('readelf');
const cudaFile = 'libonnxruntime_providers_cuda.so';
const sharedFile = 'libonnxruntime_providers_shared.so';
const cuda13 = ['libcublasLt.so.13', 'libcublas.so.13', 'libcurand.so.10', 'libcudart.so.13'];

interface Made {
  readonly needed?: readonly string[];
  readonly version?: string;
  /** Libraries that the system has. */
  readonly there?: readonly string[];
  readonly leaveOut?: string;
}

function check({
  needed = [...cuda13, 'libcuda.so.1', 'libc.so.6'],
  version = '1.30.0',
  there = cuda13,
  leaveOut,
}: Made = {}) {
  const folder = temporaryFolder();
  const libraries = temporaryFolder();
  const write = (name: string, bytes: Uint8Array | string) => {
    if (name !== leaveOut) writeFileSync(path.join(folder, name), bytes);
  };
  write(cudaFile, encodeElf(cudaFile, [...needed], `\0${version}\0`));
  write(sharedFile, encodeElf(sharedFile, ['libc.so.6']));
  write('package.json', '{\n  "name": "onnxruntime-node",\n  "version": "1.30.0"\n}\n');
  for (const name of there) writeFileSync(path.join(libraries, name), '');
  const words = ['deploy/check-cuda-provider.sh', folder, libraries];
  const { status, stdout, stderr } = spawnSync('sh', words, { encoding: 'utf8' });
  return { status, said: stdout + stderr };
}

describe.skipIf(readelf.file === null)(`the provider in the CUDA image${readelf.why}`, () => {
  test('is taken where it is for CUDA 13, of the right version, and all it needs is there', () => {
    const { status, said } = check();
    expect(said).toMatch(/^the provider is ONNX Runtime 1\.30\.0's for CUDA 13, and linked to/);
    expect(status).toBe(0);
  });

  test.each([
    ['for another CUDA', { needed: ['libcudart.so.12', 'libcublas.so.12'] }, /not for CUDA 13.*12/],
    ['of another version', { version: '1.29.0' }, /not of version 1\.30\.0/],
    ['whose version only begins alike', { version: '1.30.01' }, /not of version 1\.30\.0/],
    ['without the second file', { leaveOut: sharedFile }, /providers_shared\.so is missing/],
    ['without a library of the system', { there: cuda13.slice(1) }, /libcublasLt.*is not here/],
    [
      'linked to what nobody knows',
      { needed: [...cuda13, 'libnowhere.so.3'] },
      /libnowhere\.so\.3, which is not here/,
    ],
  ] satisfies [string, Made, RegExp][])('is refused %s', (_name, made, reason) => {
    const { status, said } = check(made);
    expect(said).toMatch(reason);
    expect(status).toBe(1);
  });
});
