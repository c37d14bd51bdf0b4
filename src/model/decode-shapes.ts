// The few shapes that decode steps take on a device, so that they come again and can be replayed:
//
//   rows of logits    one for each row of the cache, holes included
//   normalizers       one in all, one for each row, or two for each row: the least that will do

import { normalizersPerRow } from './lane.ts';

const mostRows = 2 ** 16;

/** Rows and normalizers of a decode step as one number, never negative. */
export function keyOf(firstRow: number, sequences: number, normalizers: number): number {
  const normalizerKind = normalizers === 1 ? 0 : normalizers === sequences ? 1 : 2;
  return (firstRow * mostRows + sequences) * 3 + normalizerKind;
}

/** So many there are room for where `normalizers` are asked for. */
export function normalizersOf(sequences: number, normalizers: number): number {
  if (normalizers <= 1) return 1;
  return normalizers <= sequences ? sequences : normalizersPerRow * sequences;
}
