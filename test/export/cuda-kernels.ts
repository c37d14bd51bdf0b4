// What ONNX Runtime 1.30's CUDA provider has kernels for, of the operators that a GPT-2 may use: by
// operator the types of its inputs, as its list of kernels says them (docs/OperatorKernels.md of
// microsoft/onnxruntime), and which inputs a kernel reads in the host's memory.

import type { ValueType } from '../../export/graph/ir.ts';

export interface CudaKernel {
  /** Of each input; the last one's go for all that follow. */
  readonly types: readonly (readonly ValueType[])[];
  /** Inputs that lie in the host's memory. */
  readonly onHost?: readonly number[];
}

const float: readonly ValueType[] = ['float32', 'float16'];
const any: readonly ValueType[] = ['float32', 'float16', 'int64', 'int32', 'int8', 'uint8'];
const index: readonly ValueType[] = ['int32', 'int64'];
const shape: readonly ValueType[] = ['int64'];
const arithmetic: CudaKernel = { types: [any] };

export const cudaKernels: Readonly<Record<string, CudaKernel>> = {
  Add: arithmetic,
  Cast: { types: [any] },
  Gather: { types: [any, index] },
  GatherElements: { types: [any, index] },
  Gelu: { types: [float] },
  Gemm: { types: [float] },
  LayerNormalization: { types: [float] },
  LogSoftmax: { types: [float] },
  MatMul: { types: [float] },
  Mul: arithmetic,
  Relu: { types: [float] },
  Reshape: { types: [any, shape], onHost: [1] },
  Slice: { types: [any, index], onHost: [1, 2, 3, 4] },
  Squeeze: { types: [any, shape], onHost: [1] },
  Sub: arithmetic,
  TopK: { types: [['float32', 'float16', 'int64', 'int32'], shape], onHost: [1] },
  Unsqueeze: { types: [any, shape], onHost: [1] },
  'com.microsoft.FastGelu': { types: [float] },
  // The same type for queries and cache, or int8 for the cache; the longest length lies on the host.
  'com.microsoft.GroupQueryAttention': {
    types: [
      ...[['float16'], ['float16'], ['float16'], ['float16', 'int8'], ['float16', 'int8']],
      ...[['int32'], ['int32'], ['float16'], ['float16'], ['int64'], ['float16'], ['float16']],
      ['float32'],
    ] as readonly (readonly ValueType[])[],
    onHost: [6],
  },
  // Packed queries, keys and values, and a cache of the same type; of all others that it may have, what
  // sizes its work lies on the host.
  'com.microsoft.PagedAttention': {
    types: [
      ...[['float16'], ['float16'], ['float16'], ['float16'], ['float16']],
      ...[['int32'], ['int32'], ['int32'], ['float16'], ['float16'], ['int32']],
      ...[['float16'], ['float16'], ['float16'], ['float32'], ['float32'], ['int32']],
    ] as readonly (readonly ValueType[])[],
    onHost: [16],
  },
  'com.microsoft.SkipLayerNormalization': { types: [float] },
};
