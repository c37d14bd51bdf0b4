// What a model runs on, and why.

import { ServeError } from '../errors.ts';
import { findCudaProvider } from '../onnxruntime/cuda-files.ts';

export interface DeviceChoice {
  readonly device: 'cpu';
  readonly reason: string;
}

/** Throws `ServeError` (invalid_setting) where what was asked for cannot be had. */
export function chooseDevice(asked: 'auto' | 'cpu' | 'cuda'): DeviceChoice {
  if (asked === 'cpu') return { device: 'cpu', reason: 'as asked for' };
  // CUDA's attention kernel computes in 16 bits only; artifacts attend in 32, int8 ones too.
  const obstacle =
    'fp32 and int8 models attend in fp32, which has no CUDA kernel, ' +
    'and fp16 models are not served with CUDA yet';
  if (asked === 'auto') return { device: 'cpu', reason: obstacle };
  const missing = missingProvider();
  throw new ServeError(
    'invalid_setting',
    `--device cuda cannot be had: ${obstacle}.${missing === null ? '' : ` Besides, ${missing}`}`,
    '--device',
  );
}

function missingProvider(): string | null {
  try {
    findCudaProvider('');
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}
