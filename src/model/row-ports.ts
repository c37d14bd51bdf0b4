// What a run over rows of the cache takes beside its questions: tokens, and how long each row is.

import type { LaneLimits, LaneShape } from './lane.ts';
import { type LanePort, portBytes } from './lane-ports.ts';

/** Those that lie on the device. */
export function rowPorts({ sequences, tokens }: LaneShape): readonly LanePort[] {
  return [
    { name: 'input_ids', type: 'int64', shape: [sequences, tokens] },
    { name: 'position_ids', type: 'int64', shape: [sequences, tokens] },
    { name: 'seqlens_k', type: 'int32', shape: [sequences] },
  ];
}

/** It stays on the host, wherever the graph is computed. */
export const totalPort: LanePort = { name: 'total_sequence_length', type: 'int32', shape: [] };

/** The bytes of each at most, by name, in the order of `rowPorts`. */
export function rowCapacities({ tokens, sequences }: LaneLimits): readonly [string, number][] {
  // However the tokens are divided among sequences.
  const most = { firstRow: 0, sequences: 1, tokens, rows: 0, normalizers: 0 };
  return rowPorts(most).map((port) => {
    const bytes =
      port.name === 'seqlens_k' ? portBytes({ ...port, shape: [sequences] }) : portBytes(port);
    return [port.name, bytes];
  });
}
