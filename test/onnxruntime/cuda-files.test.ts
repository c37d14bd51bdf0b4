// The CUDA provider's files, as far as they can be judged without a GPU.

import {
  existsSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import {
  findCudaProvider,
  packageVersion,
  requireCudaMajor,
  requireVersion,
} from '../../src/onnxruntime/cuda-files.ts';
import { readDynamicSection } from '../../src/onnxruntime/elf.ts';
import { libraryName, packageDirectory } from '../../src/onnxruntime/library.ts';
import { temporaryFolder } from '../support/folders.ts';
import { encodeElf } from './tiny-elf.ts';

const sharedFile = 'libonnxruntime_providers_shared.so';
const cudaFile = 'libonnxruntime_providers_cuda.so';
const onLinux = test.skipIf(process.platform !== 'linux' || process.arch !== 'x64');

function write(bytes: Uint8Array): string {
  const file = path.join(temporaryFolder(), cudaFile);
  writeFileSync(file, bytes);
  return file;
}

function providerFolder(needed: string, version = packageVersion()): string {
  const folder = temporaryFolder();
  writeFileSync(path.join(folder, sharedFile), encodeElf(sharedFile, []));
  writeFileSync(path.join(folder, cudaFile), encodeElf(cudaFile, [needed], `\0${version}\0`));
  return folder;
}

test('a library says its name, and what it is linked to', () => {
  const file = write(encodeElf('libx.so.1', ['libcudart.so.13', 'libc.so.6']));
  expect(readDynamicSection(file)).toEqual({
    soname: 'libx.so.1',
    needed: ['libcudart.so.13', 'libc.so.6'],
  });
});

onLinux("a library of the system's own linker is read like ours", () => {
  const file = path.join(packageDirectory(), libraryName());
  const { soname, needed } = readDynamicSection(file);
  expect(soname).toBe('libonnxruntime.so.1');
  expect(needed).toContain('libc.so.6');
});

test('what is no library, or only the beginning of one, is refused by name', () => {
  const text = write(Buffer.alloc(200, 'x'));
  expect(() => readDynamicSection(text)).toThrow(`${text} is no 64-bit little-endian ELF file`);
  const cut = write(encodeElf('libx.so.1', []));
  truncateSync(cut, 150);
  expect(() => readDynamicSection(cut)).toThrow(`${cut} is cut short`);
});

test('a provider for another CUDA is refused, and the one that is wanted named', () => {
  const file = write(encodeElf(cudaFile, ['libcudart.so.12', 'libc.so.6']));
  expect(() => requireCudaMajor(file)).toThrow(/needs libcudart\.so\.12, where libcudart\.so\.13/);
  const none = write(encodeElf(cudaFile, ['libc.so.6']));
  expect(() => requireCudaMajor(none)).toThrow(/needs no CUDA runtime at all/);
});

test('a version is found wherever it stands in the file, across pieces too', () => {
  for (const at of [0, 1000, 16 * 1024 * 1024 - 3, 16 * 1024 * 1024 + 5]) {
    const file = write(Buffer.concat([Buffer.alloc(at, 1), Buffer.from('\x001.30.0\0')]));
    expect(() => requireVersion(file, '1.30.0')).not.toThrow();
    expect(() => requireVersion(file, '1.30.1')).toThrow(/is not of version 1\.30\.1/);
  }
});

onLinux('a folder with both files gets a link to the library that they belong to', () => {
  const folder = providerFolder('libcudart.so.13');
  expect(findCudaProvider(folder)).toBe(folder);
  const link = path.join(folder, libraryName());
  expect(readlinkSync(link)).toBe(realpathSync(path.join(packageDirectory(), libraryName())));
  expect(findCudaProvider(folder)).toBe(folder);
});

onLinux('a folder with another library beside the files is refused', () => {
  const folder = providerFolder('libcudart.so.13');
  const other = path.join(folder, 'other.so');
  writeFileSync(other, encodeElf('libonnxruntime.so.1', []));
  symlinkSync(other, path.join(folder, libraryName()));
  expect(() => findCudaProvider(folder)).toThrow(/is another library than onnxruntime-node's/);
});

onLinux('a folder without the files says which, and how they are installed', () => {
  const folder = temporaryFolder();
  expect(() => findCudaProvider(folder)).toThrow(/providers_shared\.so and .*kvasir cuda install/);
  expect(existsSync(path.join(folder, libraryName()))).toBe(false);
});

onLinux('files of another version are refused', () => {
  const folder = providerFolder('libcudart.so.13', '1.29.0');
  expect(() => findCudaProvider(folder)).toThrow(`is not of version ${packageVersion()}`);
});
