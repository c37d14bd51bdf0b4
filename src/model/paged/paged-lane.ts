// The way in which steps over a cache of blocks are run: packed tokens in, answers out. There is one for
// all steps, whatever they mix.

import { attentionMetadataLength } from '../../../models/gpt2/signature-paged.ts';
import type { Int64Vector } from '../int64-vector.ts';
import type { ScoreLane } from '../lane.ts';
import type { AskedShape, LanePort } from '../lane-ports.ts';
import { portBytes } from '../lane-ports.ts';

export interface PagedLimits {
  /** Of one run, and so the most rows of logits. */
  readonly tokens: number;
  readonly sequences: number;
}

export interface PagedShape extends AskedShape {
  readonly tokens: number;
  readonly sequences: number;
}

/** Inputs hold as much as the limits allow; of outputs, what the last run was asked for counts. */
export interface PagedLane extends ScoreLane {
  readonly inputIds: Int64Vector; // [tokens]
  readonly positionIds: Int64Vector; // [tokens]
  /** Where each sequence's tokens begin, and where the last one's end. */
  readonly boundaries: Int32Array; // [sequences + 1]
  readonly pastLengths: Int32Array; // [sequences]
  readonly blockTable: Int32Array; // [sequences, blocks of a context]
  readonly slots: Int32Array; // [tokens]
  /** The most tokens of a sequence in the run, and the longest length after it. */
  readonly metadata: Int32Array; // [2]

  /** Runs over what the inputs hold. Throws ONNX Runtime's error, or CUDA's. */
  run(tokens: number, sequences: number, rows: number, normalizers: number): void;
}

/** Those that lie on the device. */
export function pagedPorts(
  { tokens, sequences }: Pick<PagedShape, 'tokens' | 'sequences'>,
  tableWidth: number,
): readonly LanePort[] {
  return [
    { name: 'input_ids', type: 'int64', shape: [tokens] },
    { name: 'position_ids', type: 'int64', shape: [tokens] },
    { name: 'cumulative_sequence_length', type: 'int32', shape: [sequences + 1] },
    { name: 'past_seqlens', type: 'int32', shape: [sequences] },
    { name: 'block_table', type: 'int32', shape: [sequences, tableWidth] },
    { name: 'slot_mapping', type: 'int32', shape: [tokens] },
  ];
}

/** It stays on the host, wherever the graph is computed. */
export const metadataPort: LanePort = {
  name: 'attention_metadata',
  type: 'int32',
  shape: [attentionMetadataLength],
};

/** Of a bound that nobody knows. */
const unknown = 0;

/**
 * Writes the port's numbers for a lane's metadata. A replay sizes its work as it did when it was captured:
 * then for any lengths up to `replayLength`, which is null where nothing is replayed.
 */
export function writeMetadata(
  into: Int32Array,
  metadata: Int32Array,
  replayLength: number | null,
): void {
  const [mostTokens, longest] = metadata;
  into[0] = mostTokens!;
  into[1] = replayLength ?? longest!;
  into[2] = replayLength === null ? longest! : unknown;
}

/** The bytes of each at most, by name, in the order of `pagedPorts`. */
export function pagedCapacities(
  limits: PagedLimits,
  tableWidth: number,
): readonly (readonly [name: string, bytes: number])[] {
  return pagedPorts(limits, tableWidth).map((port) => [port.name, portBytes(port)]);
}
