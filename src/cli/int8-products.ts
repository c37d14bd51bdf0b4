// Whether processors, and this machine's in particular, are made for the weights of a model. On x86
// without VNNI exact products of int8 take ONNX Runtime's slower kernels (the session is told to use
// those); for fp16 it has none at all, and casts to float32 and back.

import { existsSync, readFileSync } from 'node:fs';
import type { Precision } from '../../models/manifest.ts';

const cpuInfoFile = '/proc/cpuinfo';

/** Why weights may not be worth it on a processor; null where nothing speaks against them. */
export function slowProducts(precision: Precision): string | null {
  if (precision === 'fp16') {
    return (
      'fp16 is for CUDA: processors compute it in fp32 and round, no faster than --precision fp32, ' +
      'and --precision int8 is faster here'
    );
  }
  if (precision !== 'int8' || !existsSync(cpuInfoFile)) return null;
  if (!lacksVnni(readFileSync(cpuInfoFile, 'utf8'))) return null;
  return (
    'this processor has no VNNI instructions: int8 weights are multiplied by slower kernels here, ' +
    'and --precision fp32 may be as fast'
  );
}

/** `cpuInfo`: as Linux writes it. False for what is no x86, which has no line of `flags`. */
export function lacksVnni(cpuInfo: string): boolean {
  const flags = /^flags\s*:(.*)$/m.exec(cpuInfo);
  return flags !== null && !/\b(avx_vnni|avx512_vnni)\b/.test(flags[1]!);
}
