// Kvasir as `kvasir serve`, once for each variant of its flags.

import { paddedHeadSize } from '../../export/graph/pad-heads.ts';
import type { Variant } from '../flags.ts';
import type { Machine } from '../machine.ts';
import { startServer } from '../server.ts';
import { servedWeights } from './artifact.ts';
import { type BenchModel, commonBody, type Demand, type System } from './system.ts';

export function kvasir(model: BenchModel, machine: Machine, { name, flags }: Variant): System {
  return {
    name,
    kind: 'kvasir',
    weights: servedWeights(
      valueAfter(flags, /^--precision$/),
      valueAfter(flags, /^--(cache|kv)-precision$/),
    ),
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

/** Of the last flag of a name; empty where there is none. */
function valueAfter(flags: readonly string[], name: RegExp): string {
  const place = flags.findLastIndex((word) => name.test(word.replace(/=.*/, '')));
  if (place < 0) return '';
  return flags[place]!.split('=')[1] ?? flags[place + 1] ?? '';
}
