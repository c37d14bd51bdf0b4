// What the next step over a paged cache shall do: some tokens of several sequences in one run. The
// plan, the pieces of decoding sequences and the block tables are reused from step to step: valid
// until the next call of `PagedScheduler.plan()`.

import type { BlockCopy } from '../kv/blocks/block-copy.ts';
import type { PromptChunk } from './plan.ts';
import type { Sequence } from './sequence.ts';

/**
 * Packed tokens: those of each piece behind those of the piece before it.
 *
 *   pieces      |  A  |  B  |       C        |    D     |   A, B: decoding; C, D: of their prompts
 *   tokens      | 318 | 262 |  c  c  c  c  c |  d  d  d |   tokenCount = 10
 *   start       | 130 |  9  |      512       |    0     |
 *   entries        0     1           2         3  (4, 5: D's forks)
 *
 * A step has an entry for each piece's sequence and behind it its forks, and for each entry a pick.
 * Its scores have so many rows for each piece as `scoreRowCount` says, for its last tokens.
 */
export interface MixedPlan {
  readonly kind: 'mixed';
  /** Of each sequence one at the most, those that decode first. */
  readonly pieces: readonly Piece[]; // [capacity], the first pieceCount are valid
  readonly pieceCount: number;
  /** How many of the pieces, the first ones, are the newest tokens of decoding sequences. */
  readonly decodingCount: number;
  /** Of all pieces. */
  readonly tokenCount: number;
  /** To be made first, in this order; the plan speaks of the blocks as they are afterwards. */
  readonly copies: readonly BlockCopy[];
}

/**
 * Some consecutive tokens of one sequence, appended to what its blocks hold: its newest token, or
 * a part of its prompt. After a preemption what it has generated is prefilled like its prompt.
 */
export interface Piece extends PromptChunk {
  /** The block that holds token t is blocks[t / blockSize]; as far as start + tokens.length goes. */
  readonly blocks: Int32Array; // [blocks of a context]
}

/** All that a plan carries, in the order of its entries. */
export function sequencesIn(plan: MixedPlan): Sequence[] {
  return plan.pieces
    .slice(0, plan.pieceCount)
    .flatMap(({ sequence, forks }) => [sequence, ...forks]);
}
