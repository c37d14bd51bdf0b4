// Finds the shared library inside onnxruntime-node and opens it. The package is used for that file
// alone: its JavaScript binding copies every output and cannot bind memory.

import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import process from 'node:process';
import koffi from 'koffi';
import { type NativeLibrary, openNative } from './native.ts';
import { refuseTelemetry } from './telemetry.ts';

/** A native address; 0n never occurs. */
export type Pointer = bigint;

/** The oldest version of the API that has every function in `api.ts`. */
const apiVersion = 24;

const libraryNames: Readonly<Record<string, string>> = {
  linux: 'libonnxruntime.so.1',
  darwin: 'libonnxruntime.1.dylib',
  win32: 'onnxruntime.dll',
};

let chosenDirectory: string | null = null;

/**
 * Has the library opened from another folder, where a link to it lies beside a provider's libraries:
 * ONNX Runtime looks for those in the folder that it was itself opened from. To be said before
 * anything is called, in every thread: the first to open it decides for the whole process.
 */
export function useLibraryDirectory(directory: string): void {
  if (opened !== null && directory !== libraryDirectory()) {
    throw new Error(`ONNX Runtime was opened from ${libraryDirectory()} already`);
  }
  chosenDirectory = directory;
}

/** The folder that the library is opened from; a provider's libraries must lie in it too. */
export function libraryDirectory(): string {
  return chosenDirectory ?? packageDirectory();
}

/** The name of the library here. Throws where the platform has none. */
export function libraryName(): string {
  const name = libraryNames[process.platform];
  if (name === undefined)
    throw new Error(`onnxruntime-node has no library for ${process.platform}`);
  return name;
}

/** Where onnxruntime-node keeps its library. */
export function packageDirectory(): string {
  const manifest = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
  return path.join(path.dirname(manifest), 'bin', 'napi-v6', process.platform, process.arch);
}

export interface OpenLibrary {
  readonly version: string;
  /** The table of function pointers, in the order of `struct OrtApi`. */
  readonly table: Pointer;
  /** Must be held on to: koffi closes the library with it, whatever was made from its addresses. */
  readonly library: NativeLibrary;
}

let opened: OpenLibrary | null = null;

/** Opens the library once per thread. Throws where the platform has none. */
export function openLibrary(): OpenLibrary {
  opened ??= open();
  return opened;
}

function open(): OpenLibrary {
  const file = path.join(libraryDirectory(), libraryName());
  if (!existsSync(file)) {
    throw new Error(
      `onnxruntime-node has no library for ${process.platform} on ${process.arch} (looked for ${file})`,
    );
  }
  refuseTelemetry();
  const library = openNative(file);
  const base: Pointer = library.func('OrtGetApiBase', 'void *', [])();
  const getApi = koffi.decode(koffi.decode(base, 0, 'void *'), koffi.proto('void *', ['uint32_t']));
  const getVersion = koffi.decode(koffi.decode(base, 8, 'void *'), koffi.proto('str', []));
  const table: Pointer | null = getApi(apiVersion);
  if (table === null) throw new Error(`${file} does not speak version ${apiVersion} of its API`);
  return { version: getVersion(), table, library };
}
