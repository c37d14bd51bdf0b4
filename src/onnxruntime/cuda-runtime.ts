// The functions of CUDA's runtime that are called here, each result checked. Their names and their order
// of parameters are the runtime's own.

import koffi from 'koffi';
import { cudaLibrary } from './cuda-libraries.ts';
import type { Pointer } from './library.ts';

/** What CUDA's runtime said, with its error code (`cudaError_t`). */
export class CudaError extends Error {
  readonly code: number;

  constructor(name: string, code: number, message: string) {
    super(`${name} failed with ${code}: ${message}`);
    this.name = 'CudaError';
    this.code = code;
  }
}

/** koffi's description of a C type. */
type Parameter = Parameters<typeof koffi.sizeof>[0];
/** The same of what a function writes to; koffi has this type and does not export it. */
interface OutParameter {
  readonly __brand: 'IKoffiDirectionMarker';
}

const address = 'void *';
const outAddress: OutParameter = koffi.out(koffi.pointer('void *'));
const outSize: OutParameter = koffi.out(koffi.pointer('size_t'));
const outInteger: OutParameter = koffi.out(koffi.pointer('int'));

const signatures = {
  cudaSetDevice: ['int'],
  cudaDriverGetVersion: [outInteger],
  cudaRuntimeGetVersion: [outInteger],
  cudaMemGetInfo: [outSize, outSize],
  cudaStreamCreateWithFlags: [outAddress, 'unsigned int'],
  cudaStreamDestroy: [address],
  cudaStreamSynchronize: [address],
  cudaMalloc: [outAddress, 'size_t'],
  cudaFree: [address],
  cudaMallocHost: [outAddress, 'size_t'],
  cudaFreeHost: [address],
  cudaMemcpyAsync: [address, address, 'size_t', 'int', address],
  cudaMemcpy2DAsync: [address, 'size_t', address, 'size_t', 'size_t', 'size_t', 'int', address],
  cudaMemsetAsync: [address, 'int', 'size_t', address],
} as const satisfies Record<string, readonly Parameter[]>;

type Name = keyof typeof signatures;
type NativeFunction = (...values: unknown[]) => number;

const functions = new Map<Name, NativeFunction>();

/** Binds on first use; the libraries must be open by then. */
function lookUp(name: Name): NativeFunction {
  let found = functions.get(name);
  if (found === undefined) {
    found = cudaLibrary('libcudart.so.13').func(name, 'int', [...signatures[name]]);
    functions.set(name, found as NativeFunction);
  }
  return found as NativeFunction;
}

/** Throws `CudaError`. */
export function cuda(name: Name, ...values: unknown[]): void {
  const code = lookUp(name)(...values);
  if (code === 0) return;
  const explain = cudaLibrary('libcudart.so.13').func('cudaGetErrorString', 'str', ['int']);
  throw new CudaError(name, code, explain(code));
}

/** Calls a function whose first parameter receives an address. */
export function createCuda(
  name: 'cudaStreamCreateWithFlags' | 'cudaMalloc' | 'cudaMallocHost',
  value: unknown,
): Pointer {
  const made: [Pointer | null] = [null];
  cuda(name, made, value);
  return made[0] as Pointer;
}

/** As `13.0`. */
export function cudaRuntimeVersion(): string {
  const version: [number] = [0];
  cuda('cudaRuntimeGetVersion', version);
  return `${Math.floor(version[0] / 1000)}.${Math.floor((version[0] % 1000) / 10)}`;
}

/** Of the device in use. The first call starts CUDA on it, which takes memory, too. */
export function deviceMemoryInfo(): { readonly freeBytes: number; readonly totalBytes: number } {
  const free: [number] = [0];
  const total: [number] = [0];
  cuda('cudaMemGetInfo', free, total);
  return { freeBytes: Number(free[0]), totalBytes: Number(total[0]) };
}
