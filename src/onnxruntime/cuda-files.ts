// The CUDA provider's own files: where they are, whether they belong to this ONNX Runtime and this CUDA,
// and a link to ONNX Runtime's library beside them, since that looks for them where it was opened from.

import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  readSync,
  realpathSync,
  symlinkSync,
} from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { readDynamicSection } from './elf.ts';
import { libraryName, packageDirectory } from './library.ts';

export const cudaProviderFile = 'libonnxruntime_providers_cuda.so';
const providerFiles = ['libonnxruntime_providers_shared.so', cudaProviderFile] as const;

/** What the provider must be linked to. */
const runtimeName = 'libcudart.so.13';

export const installAdvice =
  'Install it with "kvasir cuda install", or lay the two files of the same version into a folder and ' +
  'name it with --cuda-libraries (docs/cuda.md)';

/** `directory`: empty for where onnxruntime-node keeps its library. Throws `Error` with what to do. */
export function findCudaProvider(directory: string): string {
  const folder = directory === '' ? packageDirectory() : path.resolve(directory);
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(
      `ONNX Runtime's CUDA provider is for Linux on x64, not ${process.platform} on ${process.arch}`,
    );
  }
  const missing = providerFiles.filter((name) => !existsSync(path.join(folder, name)));
  if (missing.length > 0) {
    throw new Error(
      `the CUDA provider is not installed: ${missing.join(' and ')} missing in ${folder}. ` +
        installAdvice,
    );
  }
  const file = path.join(folder, cudaProviderFile);
  requireCudaMajor(file);
  requireVersion(file, packageVersion());
  linkLibrary(folder);
  return folder;
}

/** The version of onnxruntime-node, and so of everything that it is to work with. */
export function packageVersion(): string {
  const manifest = path.join(packageDirectory(), '../../../../package.json');
  return JSON.parse(readFileSync(manifest, 'utf8')).version;
}

/** Throws where the provider was built for another CUDA than 13. */
export function requireCudaMajor(file: string): void {
  const { needed } = readDynamicSection(file);
  if (needed.includes(runtimeName)) return;
  const other = needed.find((name) => name.startsWith('libcudart.so'));
  throw new Error(
    `${file} needs ${other ?? 'no CUDA runtime at all'}, where ${runtimeName} was expected: it is not ` +
      `the CUDA 13 provider. ${installAdvice}`,
  );
}

const chunkBytes = 16 * 1024 * 1024;

/** The provider says its version in a text of its own, and nowhere that could be asked. */
export function requireVersion(file: string, version: string): void {
  const wanted = Buffer.from(`\0${version}\0`, 'latin1');
  const chunk = Buffer.alloc(chunkBytes + wanted.length);
  const descriptor = openSync(file, 'r');
  try {
    for (let at = 0; ; at += chunkBytes) {
      const length = readSync(descriptor, chunk, 0, chunk.length, at);
      if (chunk.subarray(0, length).includes(wanted)) return;
      if (length < chunk.length) break;
    }
  } finally {
    closeSync(descriptor);
  }
  throw new Error(
    `${file} is not of version ${version}, which onnxruntime-node has. ${installAdvice}`,
  );
}

function linkLibrary(folder: string): void {
  const target = realpathSync(path.join(packageDirectory(), libraryName()));
  const link = path.join(folder, libraryName());
  if (existsSync(link)) {
    // A second copy would do as well, if it were the same; nobody can tell.
    if (realpathSync(link) === target) return;
    throw new Error(
      `${link} is another library than onnxruntime-node's: make it a link to ${target}`,
    );
  }
  try {
    symlinkSync(target, link);
  } catch (error) {
    throw new Error(
      `${link} is missing and cannot be made (${(error as Error).message}): ` +
        `ln -s ${target} ${link}`,
    );
  }
}
