// What the next step shall do: plain data that the scheduler decides, the model carries out and the
// scheduler books. A decode plan is one object reused from step to step: valid until the next call
// of `Scheduler.plan()`.

import type { Sequence } from './sequence.ts';

/** Copy the first tokens of one row over another, in every layer, before the step. */
export interface Move {
  readonly fromRow: number;
  readonly toRow: number;
  readonly tokenCount: number;
}

/**
 * One token for each decoding sequence, over a contiguous run of cache rows.
 *
 *   pool row         3        4        5        6
 *                +--------+--------+--------+--------+
 *   sequences    |   A    |  null  |   B    |   C    |   null: a hole, its outputs are ignored
 *   tokens       |  464   |   0    |  318   |  262   |
 *   lengths      |   17   |   0    |  130   |   9    |
 *                +--------+--------+--------+--------+
 *   index            0        1        2        3          firstRow = 3, rowCount = 4
 *
 * `lengths[i]` is what the row holds before the step. It is at once the new token's position, the
 * graph's seqlens_k (length after the step, less one) and where a hole writes without harm: just
 * past what is kept.
 */
export interface DecodePlan {
  readonly kind: 'decode';
  readonly firstRow: number;
  readonly rowCount: number;
  readonly tokens: Int32Array; // [capacity], the first rowCount are valid
  readonly lengths: Int32Array; // [capacity], the first rowCount are valid
  readonly sequences: readonly (Sequence | null)[]; // [capacity], the first rowCount are valid
  /** The rows that are no holes. */
  readonly sequenceCount: number;
  /** The longest length after the step; at least 2, so that the graph never takes it for a prompt. */
  readonly totalLength: number;
  /** To be done before the step; the plan speaks of the rows as they are afterwards. */
  readonly move: Move | null;
}

/** Some consecutive tokens of one prompt, to be appended to one row. */
export interface PrefillPlan {
  readonly kind: 'prefill';
  readonly row: number;
  /** How many tokens of the prompt the row holds already, and so the first token's position. */
  readonly start: number;
  readonly tokens: Int32Array; // [tokens], a view of the prompt; at most `longestChunk` of them
  /** Only the last chunk of a prompt has its next token picked. */
  readonly isLast: boolean;
  readonly sequence: Sequence;
}

export type Plan = DecodePlan | PrefillPlan;
