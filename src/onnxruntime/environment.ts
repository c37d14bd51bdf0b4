// ONNX Runtime's environment: one for the process, and wanted before almost anything else. Its log goes
// to standard error.

import { create } from './api.ts';
import type { Pointer } from './library.ts';

const logWarnings = 2;

let environment: Pointer | null = null;

export function openEnvironment(): Pointer {
  environment ??= create('CreateEnv', logWarnings, 'kvasir');
  return environment;
}
