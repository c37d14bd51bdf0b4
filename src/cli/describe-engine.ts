// The lines that say at a start what is being served, on what, and what it takes.

import type { EngineFacts } from '../engine/protocol.ts';
import { gibibytes } from '../model/device-memory-plan.ts';
import type { DeviceChoice } from './device.ts';
import { formatsOf } from './formats.ts';

export function describeEngine(
  name: string,
  { manifest, cache, memory, loadMs }: EngineFacts,
  choice: Pick<DeviceChoice, 'device' | 'reason'>,
  threads: number,
): string[] {
  const millions = (manifest.parameterCount / 1e6).toFixed(1);
  const { unitCount, unitTokens } = cache;
  const cacheBytes = unitCount * cache.unitBytes;
  const units = cache.layout === 'rows' ? 'rows' : 'blocks';
  const room = `${unitCount} ${units} of ${unitTokens} tokens`;
  const threadsUsed = choice.device === 'cpu' ? `; ${threads} threads` : '';
  const lines = [
    `${name}: ${millions} M parameters in ${formatsOf(manifest)}, ` +
      `loaded in ${(loadMs / 1000).toFixed(2)} s`,
    `device ${choice.device}: ${choice.reason}${threadsUsed}`,
    `cache: ${room}, ${gibibytes(cacheBytes)} reserved`,
  ];
  if (memory === null) return lines;
  const { weightBytes, workspaceBytes, laneBytes, budgetBytes, takenBytes } = memory;
  return [
    ...lines,
    `memory of the GPU: weights ${gibibytes(weightBytes)}, cache ${gibibytes(cacheBytes)}, inputs and ` +
      `logits ${gibibytes(laneBytes)}, intermediate results up to ${gibibytes(workspaceBytes)}; ` +
      `taken ${gibibytes(takenBytes)} of ${gibibytes(budgetBytes)} allowed`,
  ];
}
