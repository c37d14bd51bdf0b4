// What an artifact says of itself: `kvasir.json`, written by the exporter beside the graph and read
// by the server before anything is loaded. `parseManifest` is the only way in.

import type { Gpt2Config } from './gpt2/config.ts';

export const manifestFile = 'kvasir.json';
export const manifestFormat = 'kvasir-artifact';

/** `gpt2`: the published byte-level vocabulary. `ids`: none; text is ids in decimal, spaced. */
export type TokenizerKind = 'gpt2' | 'ids';

export interface ArtifactFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface Manifest {
  readonly format: typeof manifestFormat;
  readonly signatureVersion: number;
  readonly config: Gpt2Config;
  readonly parameterCount: number;
  readonly precision: 'fp32';
  readonly cache: {
    readonly precision: 'fp32';
    readonly headSize: number;
  };
  readonly candidateCount: number;
  readonly tokenizer: TokenizerKind;
  /** The graph first; its external data after it. */
  readonly files: readonly ArtifactFile[];
}
