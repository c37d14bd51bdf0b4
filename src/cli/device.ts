// What a model runs on, and why. `auto` takes CUDA where all it needs is there and the model is one for it,
// and else the processors, which always do.

import type { Precision } from '../../models/manifest.ts';
import type { ServeSettings } from '../config.ts';
import { ServeError } from '../errors.ts';
import type { CudaSettings } from '../model/cuda-model.ts';
import { pagedNeedsCuda } from '../model/paged/needs-cuda.ts';
import { type CudaDevice, readCudaDriver } from '../onnxruntime/cuda-driver.ts';
import { prepareCuda } from '../onnxruntime/provider.ts';
import type { PrecisionChoice, StoredFormats } from './formats.ts';

export type DeviceSettings = Pick<
  ServeSettings,
  | 'device'
  | 'cudaLibraries'
  | 'cudaRuntime'
  | 'cudaDevice'
  | 'gpuMemory'
  | 'cudaGraphs'
  | 'cudaAttention'
  | 'cudaArena'
  | 'cudaTf32'
>;

export interface DeviceChoice {
  readonly device: 'cpu' | 'cuda';
  /** In a sentence's part. */
  readonly reason: string;
  /** What the engine is started with; null for the processors. */
  readonly cuda: CudaSettings | null;
  /** What a checkpoint is to be exported with. */
  readonly precisions: PrecisionChoice;
}

/** Whether there is a device for a cache of this kind, and what it is called; throws `Error` in a sentence. */
export type FindDevice = (settings: CudaSettings, isPaged: boolean) => string;

/**
 * `stored`: how an artifact was exported; null for a checkpoint, which may still become any. Throws
 * `ServeError` (invalid_setting) where what was asked for cannot be had.
 */
export function chooseDevice(
  settings: DeviceSettings,
  asked: PrecisionChoice,
  stored: StoredFormats | null,
  find: FindDevice = findDevice,
): DeviceChoice {
  const { precision, cachePrecision, cacheLayout } = asked;
  const precisions = { precision, cachePrecision, cacheLayout };
  const isPaged = (stored?.cacheLayout ?? cacheLayout) === 'paged';
  const onCpu = (reason: string) => ({ device: 'cpu', reason, cuda: null, precisions }) as const;
  if (settings.device === 'cpu') {
    if (isPaged) throw pagedNeedsCuda();
    return onCpu('as asked for');
  }
  const cuda = cudaSettings(settings);
  try {
    requireHalves(precision, stored?.precision ?? null);
    if (isPaged) requireFlash(cuda);
    const name = find(cuda, isPaged);
    const reason = settings.device === 'cuda' ? `${name}, as asked for` : name;
    const halves = { precision: 'fp16', cachePrecision: 'fp16', cacheLayout } as const;
    return { device: 'cuda', reason, cuda, precisions: stored === null ? halves : precisions };
  } catch (error) {
    const { message } = error as Error;
    if (isPaged && settings.device === 'auto') throw pagedNeedsCuda(message);
    if (settings.device === 'auto') return onCpu(`no CUDA: ${message.split(/[.:;] /)[0]}`);
    throw new ServeError('invalid_setting', `--device cuda cannot be had: ${message}`, '--device');
  }
}

export function cudaSettings(settings: DeviceSettings): CudaSettings {
  return {
    providerDirectory: settings.cudaLibraries,
    runtimeDirectories: settings.cudaRuntime,
    deviceId: settings.cudaDevice,
    memory: settings.gpuMemory,
    mostGraphs: settings.cudaGraphs,
    attention: settings.cudaAttention,
    arenaStrategy: settings.cudaArena,
    usesTf32: settings.cudaTf32 === 'on',
  };
}

/** The provider's attention computes in 16 bits only. */
function requireHalves(asked: Precision | 'auto', stored: Precision | null): void {
  const precision = stored ?? (asked === 'auto' ? 'fp16' : asked);
  if (precision === 'fp16') return;
  throw new Error(
    `the model is in ${precision}, and CUDA's attention computes in fp16: serve the checkpoint with ` +
      '--precision fp16, or leave --precision out',
  );
}

/**
 * Without FlashAttention the provider's attention over blocks either has no kernel for prompts, or gathers
 * all keys and values of a step first, in memory that nobody has planned.
 */
function requireFlash({ attention }: CudaSettings): void {
  if (attention === 'flash' || attention === 'auto') return;
  throw new Error(
    `attention over blocks (--kv-layout paged) goes with --cuda-attention flash or auto, not ${attention}`,
  );
}

/** Opens what is there, in this thread: the engine's will find the same. */
function findDevice(settings: CudaSettings, isPaged: boolean): string {
  const { devices, cudaVersion, version } = readCudaDriver();
  const device = devices.find(({ id }) => id === settings.deviceId);
  if (device === undefined) {
    const there = devices.map(({ id, name }) => `${id} (${name})`).join(', ') || 'none';
    throw new Error(`there is no GPU ${settings.deviceId}; the driver knows ${there}`);
  }
  requireUsable(device, cudaVersion);
  if (isPaged) requireFlashDevice(device);
  prepareCuda(settings);
  return `${device.name}, driver ${version ?? `for CUDA ${cudaVersion}`}`;
}

/** Throws `Error` in a sentence where the driver is too old, or the device unknown to the provider. */
export function requireUsable(device: CudaDevice, cudaVersion: string): void {
  if (Number.parseInt(cudaVersion, 10) < 13) {
    throw new Error(
      `the NVIDIA driver is for CUDA ${cudaVersion}, and 13.0 is needed: install driver 580 or later`,
    );
  }
  requireArchitecture(device);
}

/** FlashAttention's least. */
const flashCapability = 8;

/** Throws `Error` in a sentence where the device is too old for attention over blocks. */
export function requireFlashDevice({ name, computeCapability }: CudaDevice): void {
  if (Number.parseFloat(computeCapability) >= flashCapability) return;
  throw new Error(
    `${name} has compute capability ${computeCapability}, and attention over blocks ` +
      `(--kv-layout paged) needs ${flashCapability.toFixed(1)}`,
  );
}

/** The provider brings machine code for these and no other; it runs on later ones of the same major. */
const architectures = ['7.5', '8.0', '8.6', '8.9', '9.0', '12.0'];

export function requireArchitecture({ name, computeCapability }: CudaDevice): void {
  const [major, minor] = computeCapability.split('.').map(Number);
  const isKnown = architectures.some((known) => {
    const [knownMajor, knownMinor] = known.split('.').map(Number);
    return knownMajor === major && knownMinor! <= minor!;
  });
  if (isKnown) return;
  throw new Error(
    `${name} has compute capability ${computeCapability}, and ONNX Runtime's CUDA provider has kernels ` +
      `for ${architectures.join(', ')} and what is compatible with them`,
  );
}

/** What follows from the device where nothing else was said. */
export function sizesFor(
  device: DeviceChoice['device'],
  settings: { readonly maxRunning: number; readonly prefillChunkTokens: number },
) {
  const usual = device === 'cuda' ? { rows: 256, tokens: 1024 } : { rows: 32, tokens: 256 };
  return {
    maxRunning: settings.maxRunning || usual.rows,
    prefillChunkTokens: settings.prefillChunkTokens || usual.tokens,
  };
}
