// What the next step shall do: plain data that the scheduler decides, the model carries out and the
// scheduler books. A decode plan is one object reused from step to step: valid until the next call
// of `Scheduler.plan()`.

import type { RowCopy } from '../kv/row-cache.ts';
import type { TokenScore } from '../kv/token-score.ts';
import type { Sequence } from './sequence.ts';

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
  /** To be made first, in this order; the plan speaks of the rows as they are afterwards. */
  readonly copies: readonly RowCopy[];
}

/** Some consecutive tokens of one prompt, to be appended to one row. */
export interface PrefillPlan {
  readonly kind: 'prefill';
  readonly row: number;
  /** To be made first, in this order; the plan speaks of the rows as they are afterwards. */
  readonly copies: readonly RowCopy[];
  /** How many tokens of the prompt the row holds already, and so the first token's position. */
  readonly start: number;
  readonly tokens: Int32Array; // [tokens], a view of the prompt; at most `longestChunk` of them
  /** Only the last chunk of a prompt has its next token picked. */
  readonly isLast: boolean;
  readonly sequence: Sequence;
  /**
   * With the last chunk: whose rows get a copy of all that the row then holds, after the step, and
   * whose first tokens are picked from the same scores. The plan's entries are the sequence, then these.
   */
  readonly forks: readonly Sequence[];
}

/**
 * How many of a chunk's tokens, the last ones, are asked for scores: all where the prompt is scored,
 * else the last. A chunk that is not the prompt's last is asked all the same: a graph has no run
 * without a row.
 */
export function scoreRowCount(plan: PrefillPlan): number {
  return plan.sequence.scoredCount === null ? 1 : plan.tokens.length;
}

export type Plan = DecodePlan | PrefillPlan;

/** In place of a pick that could not be made: its sequence fails, and no other. */
export const failedPick = -2;

/** What a step says beside its picks. */
export interface StepAnswers {
  /** Why picks failed, by entry of the plan. */
  readonly failures: ReadonlyMap<number, string>;
  /** The log-probabilities of each entry's pick, null where it was not asked for. */
  readonly pickScores: readonly (TokenScore | null)[]; // [entries of the plan]
  /** Of the tokens that follow those of a scored chunk. */
  readonly promptScores: readonly TokenScore[];
}

export const noAnswers: StepAnswers = { failures: new Map(), pickScores: [], promptScores: [] };
