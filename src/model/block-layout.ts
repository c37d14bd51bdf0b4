// Several arrays in one block of memory, so that one copy carries them all.
//
//   block   | input_ids . . | position_ids | seqlens_k . . . . | ...
//           ^ 0             ^ 256          ^ 512               ^ byteLength      .: not used

/** What CUDA's own allocations promise; kernels read several numbers at a time. */
export const blockAlignment = 256;

export interface BlockLayout {
  /** Where each array begins, in the order in which they were given. */
  readonly offsets: readonly number[];
  readonly byteLength: number;
}

/** `sizes`: the bytes of each array. */
export function layOut(sizes: readonly number[]): BlockLayout {
  let end = 0;
  const offsets = sizes.map((bytes) => {
    const offset = end;
    end += Math.ceil(bytes / blockAlignment) * blockAlignment;
    return offset;
  });
  return { offsets, byteLength: end };
}
