// Where a graph runs. The CPU provider is always there; CUDA's is made ready by `prepareCuda`, in every
// thread that is to use it.

import { call, OnnxRuntimeError } from './api.ts';
import { findCudaProvider } from './cuda-files.ts';
import { type FoundLibrary, openCudaLibraries } from './cuda-libraries.ts';
import { withCudaOptions } from './cuda-options.ts';
import { type Pointer, useLibraryDirectory } from './library.ts';

export type Provider =
  | { readonly kind: 'cpu' }
  /** ONNX Runtime's own option names. */
  | { readonly kind: 'cuda'; readonly options: Readonly<Record<string, string>> };

/** Where its parts are looked for. */
export interface CudaPlaces {
  /** With the provider's two files; empty: beside onnxruntime-node's library. */
  readonly providerDirectory: string;
  /** With CUDA's runtime libraries, before the usual ones. */
  readonly runtimeDirectories: readonly string[];
}

export interface PreparedCuda {
  readonly providerDirectory: string;
  readonly libraries: readonly FoundLibrary[];
}

/**
 * Finds and checks the provider's files, opens the libraries they need, and has ONNX Runtime opened
 * from beside them. Throws `Error` in a sentence with what is missing and what to do.
 */
export function prepareCuda(places: CudaPlaces): PreparedCuda {
  const providerDirectory = findCudaProvider(places.providerDirectory);
  const libraries = openCudaLibraries(places.runtimeDirectories);
  useLibraryDirectory(providerDirectory);
  return { providerDirectory, libraries };
}

/** Throws `Error` with what the provider said where it does not load. */
export function appendProvider(sessionOptions: Pointer, provider: Provider): void {
  if (provider.kind === 'cpu') return;
  try {
    withCudaOptions(provider.options, (options) =>
      call('SessionOptionsAppendExecutionProvider_CUDA_V2', sessionOptions, options),
    );
  } catch (error) {
    if (!(error instanceof OnnxRuntimeError)) throw error;
    throw new Error(
      `the CUDA provider did not load: ${error.message.trim()}. It needs an NVIDIA driver for ` +
        'CUDA 13, a device, and the CUDA 13 runtime libraries: "kvasir doctor" says what is missing',
    );
  }
}
