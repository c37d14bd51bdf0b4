// Whether this machine's processor multiplies int8 weights exactly. ONNX Runtime's kernels for x86
// without VNNI add each two products of uint8 and int8 in 16 bits, which can overflow and is cut off.

import { existsSync, readFileSync } from 'node:fs';
import type { Precision } from '../../models/manifest.ts';

const cpuInfoFile = '/proc/cpuinfo';

/** Why int8 weights had better not be served here; null where nothing speaks against it. */
export function inexactProducts(precision: Precision): string | null {
  if (precision !== 'int8' || !existsSync(cpuInfoFile)) return null;
  if (!lacksVnni(readFileSync(cpuInfoFile, 'utf8'))) return null;
  return (
    'this processor has no VNNI instructions: products of int8 weights may overflow here, ' +
    'and answers be wrong; --precision fp32 is exact'
  );
}

/** `cpuInfo`: as Linux writes it. False for what is no x86, which has no line of `flags`. */
export function lacksVnni(cpuInfo: string): boolean {
  const flags = /^flags\s*:(.*)$/m.exec(cpuInfo);
  return flags !== null && !/\b(avx_vnni|avx512_vnni)\b/.test(flags[1]!);
}
