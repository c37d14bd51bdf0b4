// The small server of bench/plain: the same graph, run by onnxruntime-node's own JavaScript API.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { exporterVersion } from '../../export/version.ts';
import { signatureVersion } from '../../models/gpt2/signature.ts';
import { manifestFile } from '../../models/manifest.ts';
import type { Machine } from '../machine.ts';
import { command, startListening } from '../server.ts';
import { type BenchModel, commonBody, type System } from './system.ts';

const program = path.resolve('dist/bench/plain/main.js');

export function plain(model: BenchModel, machine: Machine, batch: number): System {
  return {
    name: 'plain-run',
    kind: 'plain',
    weights: { kind: 'fp32', cacheBytesPerNumber: 4 },
    body: commonBody,
    start: async () =>
      startListening(
        process.execPath,
        [program, await artifactOf(model, 'fp32'), String(batch), String(machine.serverThreads)],
        '/health',
      ),
  };
}

/** The checkpoint as an artifact, exported where it is not there yet. */
export async function artifactOf(model: BenchModel, precision: string): Promise<string> {
  const version = `${signatureVersion}.${exporterVersion}`;
  const artifact = path.join(model.cache, `${model.name}-${precision}-${version}`);
  if (existsSync(path.join(artifact, manifestFile))) return artifact;
  const flags = ['--checkpoint', model.checkpoint, '--out', artifact, '--precision', precision];
  await command('export', ...flags);
  return artifact;
}
