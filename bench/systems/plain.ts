// The small server of bench/plain: the same graph, run by onnxruntime-node's own JavaScript API.

import path from 'node:path';
import type { Machine } from '../machine.ts';
import { startListening } from '../server.ts';
import { artifactOf } from './artifact.ts';
import { type BenchModel, commonBody, type System } from './system.ts';

const fp32 = { name: 'fp32', flags: ['--precision', 'fp32'] };

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
        [program, await artifactOf(model, fp32), String(batch), String(machine.serverThreads)],
        '/health',
      ),
  };
}
