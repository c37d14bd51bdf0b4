// What this program is: its version, and those of what it runs on.

import { existsSync, readFileSync } from 'node:fs';

export interface Build {
  readonly version: string;
  readonly node: string;
  readonly onnxRuntime: string;
}

/** Beside src/ in the sources, a folder further up from dist/src/ once compiled. */
const places = ['../package.json', '../../package.json'].map(
  (place) => new URL(place, import.meta.url),
);

export function thisBuild(): Build {
  const file = places.find((place) => existsSync(place));
  const known = file === undefined ? {} : JSON.parse(readFileSync(file, 'utf8'));
  return {
    version: known.version ?? 'unknown',
    node: process.versions.node,
    // Pinned to the digit.
    onnxRuntime: known.dependencies?.['onnxruntime-node'] ?? 'unknown',
  };
}
