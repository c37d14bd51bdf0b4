// Finds the shared libraries of CUDA that the provider is linked to, and opens them first: a library that
// is open already is found by its name wherever it lies, so that no search path has to be set.

import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { type NativeLibrary, openNative } from './native.ts';

/** In an order in which each finds what it needs. */
export const cudaLibraryNames = [
  'libcudart.so.13',
  'libcublasLt.so.13',
  'libcublas.so.13',
  'libcurand.so.10',
] as const;

export type CudaLibraryName = (typeof cudaLibraryNames)[number];

/** Where installers put them. */
const usualFolders = [
  '/usr/local/cuda/lib64',
  '/usr/local/cuda-13/lib64',
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib64',
] as const;

export interface FoundLibrary {
  readonly name: CudaLibraryName;
  /** Its file, or null where the system found it by its name. */
  readonly file: string | null;
}

/** koffi closes a library that nobody holds on to. */
const opened = new Map<string, NativeLibrary>();

/**
 * Opens all of them. `folders` come before the usual ones; of each, its `lib` and `lib64`, and those of
 * its folders, are searched, too: so the `nvidia` folder of a Python environment will do.
 * Throws `Error` with what is missing, where it was looked for, and how it is installed.
 */
export function openCudaLibraries(folders: readonly string[]): FoundLibrary[] {
  const searched = [...folders.flatMap(spread), ...usualFolders, ...versionedFolders()];
  const found: FoundLibrary[] = [];
  const missing: string[] = [];
  for (const name of cudaLibraryNames) {
    const file = openOne(name, searched);
    if (file === undefined) missing.push(name);
    else found.push({ name, file });
  }
  if (missing.length === 0) return found;
  throw new Error(
    `${missing.join(', ')} of the CUDA 13 runtime cannot be opened: neither on the system's search ` +
      `path nor in ${searched.join(', ')}. Install NVIDIA's packages cuda-cudart-13-0, libcublas-13-0 ` +
      'and libcurand-13-0, or say in which folders they are with --cuda-runtime',
  );
}

/** An open library. */
export function cudaLibrary(name: CudaLibraryName): NativeLibrary {
  const library = opened.get(name);
  if (library === undefined) throw new Error(`${name} is not open`);
  return library;
}

/** The file, null where no file is known, undefined where it cannot be opened. */
function openOne(name: CudaLibraryName, folders: readonly string[]): string | null | undefined {
  // Whoever names a folder means that one, whatever else is installed.
  for (const folder of folders) {
    const file = path.join(folder, name);
    if (existsSync(file) && tryOpen(name, file)) return file;
  }
  return tryOpen(name, name) ? null : undefined;
}

function tryOpen(name: CudaLibraryName, file: string): boolean {
  try {
    opened.set(name, openNative(file));
    return true;
  } catch {
    return false;
  }
}

function spread(folder: string): string[] {
  const inside = folderNames(folder).map((name) => path.join(folder, name));
  return [folder, ...inside, ...inside.map((each) => path.join(each, 'lib'))];
}

/** `/usr/local/cuda-13.1/lib64` and the like, the newest first. */
function versionedFolders(): string[] {
  return folderNames('/usr/local')
    .filter((name) => /^cuda-13\./.test(name))
    .sort()
    .reverse()
    .map((name) => path.join('/usr/local', name, 'lib64'));
}

function folderNames(folder: string): string[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}
