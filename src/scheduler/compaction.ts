// Whether to move a sequence from an end of the decode run into a hole inside it, so that the run
// gets shorter. Only asked when no waiting sequence will fill the hole for nothing.

import type { RowPool } from '../kv/rows.ts';
import type { Sequence } from './sequence.ts';

/**
 * How many cached tokens can be copied in the time that a decode step spends on one row more. GPT-2
 * 124M in fp32 spends some 1.2 ms (0.7 ms in int8) on a row, and copies the 74 kB of a token in 7 µs:
 * 90 to 170 tokens. Fewer are counted, because a sequence may stop before its last token, and the
 * ratio grows with the width of the model.
 */
const tokensCopiedPerRowStep = 64;

/**
 * The sequence to move into a hole, or null when moving does not pay. What the hole keeps has to be
 * copied away first.
 */
export function sequenceToMove(
  rows: RowPool,
  first: Sequence,
  last: Sequence,
  holeTokenCount: number,
): Sequence | null {
  const shorter = rows.tokenCount(first.row) < rows.tokenCount(last.row) ? first : last;
  const other = shorter === first ? last : first;
  if (pays(rows, shorter, holeTokenCount)) return shorter;
  return pays(rows, other, holeTokenCount) ? other : null;
}

/** Unless it is moved, the hole runs along for as long as the sequence at the end of the run does. */
function pays(rows: RowPool, sequence: Sequence, holeTokenCount: number): boolean {
  const copiedCount = rows.tokenCount(sequence.row) + holeTokenCount;
  return copiedCount <= sequence.remainingTokens * tokensCopiedPerRowStep;
}
