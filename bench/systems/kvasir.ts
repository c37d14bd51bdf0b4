// Kvasir as `kvasir serve`, once for each variant of its flags.

import { paddedHeadSize } from '../../export/graph/pad-heads.ts';
import type { Variant } from '../flags.ts';
import type { Machine } from '../machine.ts';
import { startServer } from '../server.ts';
import { type BenchModel, commonBody, type Demand, type System } from './system.ts';

export function kvasir(model: BenchModel, machine: Machine, { name, flags }: Variant): System {
  const precision = flags[flags.indexOf('--precision') + 1];
  return {
    name,
    kind: 'kvasir',
    weights: { kind: precision === 'int8' ? 'int8' : 'fp32', cacheBytesPerNumber: 4 },
    body: commonBody,
    // As many rows as streams, as the other systems have as many slots; where the variant says
    // otherwise, the last flag counts.
    start: (demand) =>
      startServer(
        '--model',
        model.checkpoint,
        '--cache-directory',
        model.cache,
        ...['--threads', String(machine.serverThreads)],
        ...['--max-running', String(demand.streams)],
        ...['--kv-memory', String(rowsBytes(model, demand))],
        ...flags,
      ),
  };
}

/** Rows are reserved for the whole context, but only what is used of them is taken from the system. */
function rowsBytes({ config }: BenchModel, { streams }: Demand): number {
  const { layerCount, headCount, contextLength } = config;
  const headSize = paddedHeadSize(config);
  const rowBytes = 2 * layerCount * headCount * contextLength * headSize * 4;
  return Math.max(streams * rowBytes, 1024 ** 2);
}
