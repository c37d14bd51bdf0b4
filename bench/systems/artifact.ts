// A checkpoint as an artifact of Kvasir, and what its numbers weigh.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { exporterVersion } from '../../export/version.ts';
import { signatureVersion } from '../../models/gpt2/signature.ts';
import { type Manifest, manifestFile } from '../../models/manifest.ts';
import type { ServedWeights } from '../bounds/roofline.ts';
import type { Variant } from '../flags.ts';
import { command } from '../server.ts';
import { fingerprint } from './fingerprint.ts';
import type { BenchModel } from './system.ts';

/** Exported with a variant's flags of `kvasir export`, where it is not there yet; its folder. */
export async function artifactOf(model: BenchModel, { flags }: Variant): Promise<string> {
  const version = fingerprint(model, [signatureVersion, exporterVersion, flags]);
  const artifact = path.join(model.cache, `${model.name}-${version}`);
  if (existsSync(path.join(artifact, manifestFile))) return artifact;
  await command('export', '--checkpoint', model.checkpoint, '--out', artifact, ...flags);
  return artifact;
}

export function weightsOf({ precision, cache }: Manifest): ServedWeights {
  return servedWeights(precision, cache.precision);
}

/** As `--precision` and the like name them. On processors weights in fp16 are read as float32. */
export function servedWeights(precision: string, cachePrecision: string): ServedWeights {
  return {
    kind: precision === 'int8' || precision === 'int4' ? precision : 'fp32',
    cacheBytesPerNumber: precision === 'fp16' ? 2 : cachePrecision === 'int8' ? 1 : 4,
  };
}
