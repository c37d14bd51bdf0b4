// How ONNX Runtime's CUDA provider is told to work: its own option names (cuda_execution_provider_info.cc),
// each with what was measured.

import { call, create, decodeText, release } from './api.ts';
import { openEnvironment } from './environment.ts';
import type { Pointer } from './library.ts';

/** How its memory grows: as asked for, or by doubling. */
export const arenaStrategies = ['same-as-requested', 'next-power-of-two'] as const;

/** Which kernels attend to a prompt. A single token's are chosen by the provider itself. */
export const attentionKernels = ['flash', 'memory-efficient', 'cudnn', 'math', 'auto'] as const;

export interface CudaOptions {
  readonly deviceId: number;
  readonly arenaStrategy: (typeof arenaStrategies)[number];
  readonly attention: (typeof attentionKernels)[number];
  /** Products of float32 numbers in 10 bits of mantissa; float16 ones know no such thing. */
  readonly usesTf32: boolean;
  /** Whether runs may be captured and replayed. */
  readonly capturesGraphs: boolean;
}

export interface CudaSessionOptions extends CudaOptions {
  /** The most that weights and intermediate results may take together; 0: no limit. */
  readonly memoryLimitBytes: number;
  /** The stream that everything is to happen on. */
  readonly stream: Pointer;
}

const kernelBits: Readonly<Record<CudaOptions['attention'], number>> = {
  auto: 0,
  // On an H100, cuDNN's kernels stall for 75 to 130 ms whenever a prompt has a new length.
  flash: 1,
  'memory-efficient': 2,
  cudnn: 8,
  math: 16,
};

/** By ONNX Runtime's names. */
export function cudaProviderOptions(options: CudaSessionOptions): Record<string, string> {
  const { deviceId, arenaStrategy, attention, memoryLimitBytes, stream } = options;
  return {
    device_id: String(deviceId),
    // The one without the other is silently not used, and results are read before they are there.
    has_user_compute_stream: '1',
    user_compute_stream: String(stream),
    arena_extend_strategy:
      arenaStrategy === 'same-as-requested' ? 'kSameAsRequested' : 'kNextPowerOfTwo',
    ...(memoryLimitBytes > 0 && { gpu_mem_limit: String(memoryLimitBytes) }),
    use_tf32: options.usesTf32 ? '1' : '0',
    sdpa_kernel: String(kernelBits[attention]),
    enable_cuda_graph: options.capturesGraphs ? '1' : '0',
  };
}

/** Makes options of the C API, hands them to `use`, and lets go of them. */
export function withCudaOptions<T>(
  options: Readonly<Record<string, string>>,
  use: (made: Pointer) => T,
): T {
  openEnvironment(); // reading options logs
  const made = create('CreateCUDAProviderOptions');
  try {
    const keys = Object.keys(options);
    call('UpdateCUDAProviderOptions', made, keys, Object.values(options), keys.length);
    return use(made);
  } finally {
    release('ReleaseCUDAProviderOptions', made);
  }
}

/** What the provider made of options: all there are, by name. Needs neither a device nor a provider. */
export function understoodCudaOptions(
  options: Readonly<Record<string, string>>,
): ReadonlyMap<string, string> {
  return withCudaOptions(options, (made) => {
    const allocator = create('GetAllocatorWithDefaultOptions');
    const characters = create('GetCUDAProviderOptionsAsString', made, allocator);
    const listed = decodeText(characters);
    call('AllocatorFree', allocator, characters);
    return new Map(
      listed.split(';').flatMap((entry) => {
        const [name, value] = entry.split('=');
        return name === undefined || value === undefined ? [] : [[name, value] as const];
      }),
    );
  });
}
