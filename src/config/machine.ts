// What the defaults of settings are worked out from: this machine, as far as this process may use it.

import os from 'node:os';
import path from 'node:path';
import type { Machine } from './kinds.ts';
import type { Environment } from './locate.ts';

export function thisMachine(environment: Environment): Machine {
  // A container's limit, where there is one, is what the memory really is.
  const limit = process.constrainedMemory();
  const memoryBytes = limit > 0 ? Math.min(limit, os.totalmem()) : os.totalmem();
  const caches = environment['XDG_CACHE_HOME'] || path.join(os.homedir(), '.cache');
  return {
    processorCount: os.availableParallelism(),
    memoryBytes,
    cacheDirectory: path.join(caches, 'kvasir'),
    temporaryDirectory: os.tmpdir(),
  };
}
