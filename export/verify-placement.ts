// Where the tokens of a step lie, and what says so, for either kind of cache: rows are padded on the right,
// blocks are filled through a table in which those of all sequences are mixed up.

import { int32, int64, type TensorData } from './verify-tensor.ts';

/** The tokens of one sequence that a step is to compute; those before are in the cache. */
export interface Slice {
  readonly ids: readonly number[];
  readonly from: number;
  readonly to: number;
}

/** Where the slices of a step lie, as the inputs of a kind of cache say it. */
export interface Placement {
  readonly inputs: readonly (readonly [name: string, tensor: TensorData])[];
  /** Where a slice's token lies among all of the step. */
  readonly tokenAt: (slice: number, position: number) => number;
  /** The sizes of the cache that change from run to run. */
  readonly cacheSizes: Readonly<Record<string, number>>;
}

/** Sequence `i` of every step of a session has row `i`. */
export function placeInRows(slices: readonly Slice[]): Placement {
  const batch = slices.length;
  const tokens = Math.max(...slices.map(({ from, to }) => to - from));
  const ids: number[] = []; // [batch, tokens]
  const positions: number[] = []; // [batch, tokens]
  for (const slice of slices) {
    for (let position = slice.from; position < slice.from + tokens; position++) {
      const isToken = position < slice.to;
      ids.push(isToken ? slice.ids[position]! : 0);
      positions.push(isToken ? position : 0);
    }
  }
  const lengths = slices.map(({ to }) => to);
  const ends = lengths.map((length) => length - 1);
  return {
    inputs: [
      ['input_ids', int64(ids, [batch, tokens])],
      ['position_ids', int64(positions, [batch, tokens])],
      ['seqlens_k', int32(ends, [batch])],
      ['total_sequence_length', int32([Math.max(...lengths)], [])],
    ],
    tokenAt: (slice, position) => slice * tokens + position - slices[slice]!.from,
    cacheSizes: { batch },
  };
}

/** Every step of a session has the same sequences, in the same order. */
export function placeInBlocks(
  slices: readonly Slice[],
  blockSize: number,
  contextLength: number,
): Placement {
  const batch = slices.length;
  const width = Math.ceil(contextLength / blockSize);
  const blocks = batch * width;
  // The last sequence has the first block, and the first blocks of all lie behind their last ones.
  const blockOf = (sequence: number, index: number) =>
    (width - 1 - index) * batch + (batch - 1 - sequence);
  const ids: number[] = []; // [tokens]
  const positions: number[] = []; // [tokens]
  const slots: number[] = []; // [tokens]
  const boundaries = [0];
  slices.forEach((slice, sequence) => {
    for (let position = slice.from; position < slice.to; position++) {
      ids.push(slice.ids[position]!);
      positions.push(position);
      const block = blockOf(sequence, Math.floor(position / blockSize));
      slots.push(block * blockSize + (position % blockSize));
    }
    boundaries.push(ids.length);
  });
  const table = slices.flatMap((_, sequence) =>
    Array.from({ length: width }, (__, index) => blockOf(sequence, index)),
  );
  const longest = Math.max(...slices.map(({ to }) => to));
  const most = Math.max(...slices.map(({ from, to }) => to - from));
  const pasts = slices.map(({ from }) => from);
  return {
    inputs: [
      ['input_ids', int64(ids, [ids.length])],
      ['position_ids', int64(positions, [ids.length])],
      ['cumulative_sequence_length', int32(boundaries, [batch + 1])],
      ['past_seqlens', int32(pasts, [batch])],
      ['block_table', int32(table, [batch, width])],
      ['slot_mapping', int32(slots, [ids.length])],
      ['attention_metadata', int32([most, longest, longest], [3])],
    ],
    tokenAt: (slice, position) => boundaries[slice]! + position - slices[slice]!.from,
    cacheSizes: { blocks },
  };
}
