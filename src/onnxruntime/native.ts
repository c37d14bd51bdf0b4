// Opens shared libraries, all of them here: koffi is told how before the first, and not again.

import koffi from 'koffi';

export type NativeLibrary = ReturnType<typeof koffi.load>;

/** Native code runs on koffi's own stacks, and ONNX Runtime computes on its caller's thread. */
const stackBytes = 16 * 1024 * 1024;

let isConfigured = false;

/**
 * `file`: a path, or a name that the system looks for; null for what this process has open already.
 * Whoever holds the result keeps it open.
 */
export function openNative(file: string | null): NativeLibrary {
  if (!isConfigured) koffi.config({ sync_stack_size: stackBytes });
  isConfigured = true;
  return koffi.load(file);
}
