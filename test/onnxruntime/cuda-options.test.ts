import { expect, test } from 'vitest';
import { cudaProviderOptions } from '../../src/onnxruntime/cuda-options.ts';

const usual = {
  deviceId: 0,
  arenaStrategy: 'same-as-requested',
  attention: 'flash',
  usesTf32: false,
  capturesGraphs: true,
  memoryLimitBytes: 0,
  stream: 0x7f00_0000_1000n,
} as const;

test("options are written in ONNX Runtime's words", () => {
  expect(cudaProviderOptions(usual)).toEqual({
    device_id: '0',
    has_user_compute_stream: '1',
    user_compute_stream: '139637976731648',
    arena_extend_strategy: 'kSameAsRequested',
    use_tf32: '0',
    sdpa_kernel: '1',
    enable_cuda_graph: '1',
  });
});

test('a limit is said only where there is one', () => {
  expect(cudaProviderOptions({ ...usual, memoryLimitBytes: 5e9 })['gpu_mem_limit']).toBe(
    '5000000000',
  );
});

test('kernels are chosen by their bits, and none is chosen by no bit', () => {
  const kernels = ['flash', 'memory-efficient', 'cudnn', 'math', 'auto'] as const;
  const bits = kernels.map((attention) => {
    return cudaProviderOptions({ ...usual, attention })['sdpa_kernel'];
  });
  expect(bits).toEqual(['1', '2', '8', '16', '0']);
});
