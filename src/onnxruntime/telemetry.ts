// ONNX Runtime tells its maker of processes, sessions and models unless it is told not to, and keeps a
// number of this machine for that in the user's cache folder. A server of others' texts does neither.

import process from 'node:process';
import { openNative } from './native.ts';

const variable = 'ORT_DISABLE_TELEMETRY';

/**
 * To be called before the library is opened. It reads the process's own environment, of which a worker
 * thread's `process.env` is only a copy: so it is set by the C library. What somebody set stays.
 */
export function refuseTelemetry(): void {
  // Windows' own settings decide there.
  if (process.platform === 'win32') return;
  openNative(null).func('setenv', 'int', ['str', 'str', 'int'])(variable, '1', 0);
}
