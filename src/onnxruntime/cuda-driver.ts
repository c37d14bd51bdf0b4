// NVIDIA's driver: whether there is one, for which CUDA, and which devices it has. Through the driver's own
// library, which needs no runtime and starts nothing on a device.

import { existsSync, readFileSync } from 'node:fs';
import koffi from 'koffi';
import { type NativeLibrary, openNative } from './native.ts';

export interface CudaDevice {
  readonly id: number;
  readonly name: string;
  readonly memoryBytes: number;
  /** As `9.0`. */
  readonly computeCapability: string;
  readonly multiprocessorCount: number;
}

export interface CudaDriver {
  /** The newest CUDA that the driver knows, as `13.0`. */
  readonly cudaVersion: string;
  /** The driver's own version; null where the system does not tell. */
  readonly version: string | null;
  readonly devices: readonly CudaDevice[];
}

const libraryName = 'libcuda.so.1';

/** Beside the search path: where containers and virtual machines have it. */
const folders = ['', '/usr/local/nvidia/lib64/', '/usr/lib/wsl/lib/'];

const noDevice = 100;
const attributes = { multiprocessors: 16, major: 75, minor: 76 } as const;
const longestName = 256;

let library: NativeLibrary | null = null;

/** Throws `Error` in a sentence where there is no driver or it does not work. */
export function readCudaDriver(): CudaDriver {
  library ??= openDriver();
  const driver = new Driver(library);
  const isReady = driver.start();
  const count = isReady ? driver.number('cuDeviceGetCount') : 0;
  const version = driver.number('cuDriverGetVersion');
  return {
    cudaVersion: `${Math.floor(version / 1000)}.${Math.floor((version % 1000) / 10)}`,
    version: packageVersion(),
    devices: Array.from({ length: count }, (_, id) => driver.device(id)),
  };
}

function openDriver(): NativeLibrary {
  let reason = '';
  for (const folder of folders) {
    try {
      return openNative(folder + libraryName);
    } catch (error) {
      reason ||= (error as Error).message;
    }
  }
  throw new Error(
    'there is no NVIDIA driver. Install one for CUDA 13 (580 or later), and start containers with ' +
      `--gpus all (${libraryName}: ${reason})`,
  );
}

class Driver {
  readonly #library: NativeLibrary;

  constructor(library: NativeLibrary) {
    this.#library = library;
  }

  /** False where there is no device. */
  start(): boolean {
    const result: number = this.#library.func('int cuInit(unsigned int flags)')(0);
    if (result === noDevice) return false;
    this.#check('cuInit', result);
    return true;
  }

  number(name: 'cuDeviceGetCount' | 'cuDriverGetVersion'): number {
    const value: [number] = [0];
    this.#check(name, this.#library.func(`int ${name}(_Out_ int *value)`)(value));
    return value[0];
  }

  device(ordinal: number): CudaDevice {
    const handle: [number] = [0];
    const get = this.#library.func('int cuDeviceGet(_Out_ int *device, int ordinal)');
    this.#check('cuDeviceGet', get(handle, ordinal));
    const name = Buffer.alloc(longestName);
    const getName = this.#library.func('int cuDeviceGetName(void *name, int length, int device)');
    this.#check('cuDeviceGetName', getName(name, name.length, handle[0]));
    const bytes: [number] = [0];
    const getBytes = this.#library.func('int cuDeviceTotalMem_v2(_Out_ size_t *bytes, int device)');
    this.#check('cuDeviceTotalMem', getBytes(bytes, handle[0]));
    const attribute = (which: number) => this.#attribute(which, handle[0]);
    return {
      id: ordinal,
      name: name.toString('utf8', 0, name.indexOf(0)),
      memoryBytes: Number(bytes[0]),
      computeCapability: `${attribute(attributes.major)}.${attribute(attributes.minor)}`,
      multiprocessorCount: attribute(attributes.multiprocessors),
    };
  }

  #attribute(which: number, device: number): number {
    const value: [number] = [0];
    const get = this.#library.func(
      'int cuDeviceGetAttribute(_Out_ int *value, int attribute, int device)',
    );
    this.#check('cuDeviceGetAttribute', get(value, which, device));
    return value[0];
  }

  #check(name: string, result: number): void {
    if (result === 0) return;
    const words: [unknown] = [null];
    this.#library.func('int cuGetErrorString(int error, _Out_ void **words)')(result, words);
    const said = words[0] === null ? 'unknown' : koffi.decode(words[0], 'char', -1);
    throw new Error(`the NVIDIA driver does not work: ${name} says ${result}, ${said}`);
  }
}

function packageVersion(): string | null {
  const file = '/sys/module/nvidia/version';
  if (existsSync(file)) return readFileSync(file, 'utf8').trim();
  const other = '/proc/driver/nvidia/version';
  if (!existsSync(other)) return null;
  return /\b(\d+\.\d+(?:\.\d+)?)\b/.exec(readFileSync(other, 'utf8'))?.[1] ?? null;
}
