// Settings of whatever computes on a CUDA device. Names are ours; what they become for ONNX Runtime stands
// in onnxruntime/cuda-options.ts.

import { choice, list, text } from './kinds.ts';
import { integer, share } from './quantities.ts';

const folder = (name: string) => (name === '' ? undefined : name);

export const cuda = {
  cudaLibraries: text('cuda-libraries', {
    meaning: "folder with the two files of ONNX Runtime's CUDA provider",
    placeholder: 'FOLDER',
    accepts: 'a folder',
    fallback: '',
    because: 'where "kvasir cuda install" puts them',
    isGuarded: true,
  }),
  cudaRuntime: list('cuda-runtime', {
    meaning: "folders where CUDA 13's libraries are looked for first",
    accepts: 'folders with commas between',
    item: folder,
    fallback: [],
    because: 'the usual folders',
    isGuarded: true,
  }),
  cudaDevice: integer('cuda-device', {
    meaning: 'which GPU, counted as the driver does',
    least: 0,
    most: 127,
    fallback: 0,
  }),
  gpuMemory: share('gpu-memory', {
    meaning: 'what may be taken of the GPU: weights, cache and all; decides how many sequences fit',
    fallback: { kind: 'share', share: 0.9 },
  }),
  cudaGraphs: integer('cuda-graphs', {
    meaning: 'kinds of step that are captured and replayed at most; 0 for none',
    least: 0,
    most: 4096,
    fallback: 96,
  }),
  cudaAttention: choice('cuda-attention', {
    meaning: 'which kernels attend to prompts',
    among: ['flash', 'memory-efficient', 'cudnn', 'math', 'auto'],
    fallback: 'flash',
  }),
  cudaArena: choice('cuda-arena', {
    meaning: "how ONNX Runtime's memory on the GPU grows",
    among: ['same-as-requested', 'next-power-of-two'],
    fallback: 'same-as-requested',
  }),
  cudaTf32: choice('cuda-tf32', {
    meaning: 'whether float32 products may be computed in TF32',
    among: ['off', 'on'],
    fallback: 'off',
  }),
};
