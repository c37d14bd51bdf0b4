// Where a graph runs. The CPU provider is always there; CUDA's comes in two libraries of its own that
// must lie beside the main one, and needs a driver and a device besides.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { call, create, OnnxRuntimeError, release } from './api.ts';
import { libraryDirectory, type Pointer } from './library.ts';

export type Provider =
  | { readonly kind: 'cpu' }
  /** ONNX Runtime's own option names, as in cuda_execution_provider_info.cc. */
  | { readonly kind: 'cuda'; readonly options: Readonly<Record<string, string>> };

const cudaLibraries = [
  'libonnxruntime_providers_shared.so',
  'libonnxruntime_providers_cuda.so',
] as const;

/** Why this machine cannot run on CUDA before anything is tried, or null. */
export function missingCudaLibraries(): string | null {
  const directory = libraryDirectory();
  const missing = cudaLibraries.filter((name) => !existsSync(path.join(directory, name)));
  if (missing.length === 0) return null;
  return (
    `${missing.join(' and ')} missing in ${directory}. Install the CUDA provider with\n` +
    '  ONNXRUNTIME_NODE_INSTALL=true node node_modules/onnxruntime-node/script/install.js'
  );
}

/** Throws `Error` with what to install where CUDA cannot be had. */
export function appendProvider(sessionOptions: Pointer, provider: Provider): void {
  if (provider.kind === 'cpu') return;
  const missing = missingCudaLibraries();
  if (missing !== null) throw new Error(`the CUDA provider is not installed: ${missing}`);
  const options = create('CreateCUDAProviderOptions');
  try {
    const entries = Object.entries(provider.options);
    const keys = entries.map(([key]) => key);
    const values = entries.map(([, value]) => value);
    call('UpdateCUDAProviderOptions', options, keys, values, entries.length);
    call('SessionOptionsAppendExecutionProvider_CUDA_V2', sessionOptions, options);
  } catch (error) {
    if (!(error instanceof OnnxRuntimeError)) throw error;
    throw new Error(
      `the CUDA provider did not load: ${error.message}. It needs an NVIDIA driver for CUDA 13, ` +
        'a device, and the CUDA 13 runtime libraries (cudart, cublas, curand) on the library path',
    );
  } finally {
    release('ReleaseCUDAProviderOptions', options);
  }
}
