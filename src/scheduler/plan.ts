// What the next step shall do: plain data that the scheduler decides, the model carries out and the
// scheduler books. A decode plan is one object reused from step to step: valid until the next call
// of `Scheduler.plan()`.

import type { RowCopy } from '../kv/row-cache.ts';
import type { TokenScore, TokenScores } from '../kv/token-score.ts';
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

/**
 * One chunk of a prompt, to be appended to its row; or several whole prompts, each into an empty row.
 *
 *   pool row         3        4        5
 *                +--------+--------+--------+
 *   chunks       |   A    |   B    |   C    |
 *   tokens       | a a a a| b b . .| c c c .|   .: padding, its outputs are ignored
 *                +--------+--------+--------+
 *   index            0        1        2          firstRow = 3, width = 4
 *
 * Only first prompts can share a run: the attention takes several tokens of several sequences where
 * it has no past to look at. What padding leaves in a row lies behind what the row keeps.
 */
export interface PrefillPlan {
  readonly kind: 'prefill';
  readonly firstRow: number;
  /** To be made first, in this order; the plan speaks of the rows as they are afterwards. */
  readonly copies: readonly RowCopy[];
  /** Of the rows from `firstRow` on. Of several, each begins and ends its prompt. */
  readonly chunks: readonly PromptChunk[];
  /** Tokens of the longest chunk; of several at least 2, as the shortest too. */
  readonly width: number;
}

/** Some consecutive tokens of one prompt, to be appended to one row. */
export interface PromptChunk {
  readonly sequence: Sequence;
  /** How many tokens of the prompt the row holds already, and so the first token's position. */
  readonly start: number;
  readonly tokens: Int32Array; // [tokens], a view of the prompt; at most `longestChunk` of them
  /** Only the last chunk of a prompt has its next token picked. */
  readonly isLast: boolean;
  /**
   * With the last chunk: whose rows get a copy of all that the row then holds, after the step, and
   * whose first tokens are picked from the same scores.
   */
  readonly forks: readonly Sequence[];
}

/** The entries of a prefill plan: of each chunk the sequence, then its forks. */
export function entriesOf({ chunks }: PrefillPlan): Sequence[] {
  return chunks.flatMap(({ sequence, forks }) => [sequence, ...forks]);
}

/**
 * How many of a chunk's tokens, the last ones, are asked for scores: those whose successors are scored,
 * else the last. A chunk that is not the prompt's last is asked all the same: a graph has no run
 * without a row.
 */
export function scoreRowCount(chunk: PromptChunk): number {
  return Math.max(1, chunk.tokens.length - unscoredCount(chunk));
}

/** How many of a chunk's tokens, the first ones, have successors that nobody wants scored. */
export function unscoredCount({ sequence, start, tokens }: PromptChunk): number {
  const { scoredCount, firstScored } = sequence;
  if (scoredCount === null) return tokens.length;
  return Math.min(tokens.length, Math.max(0, firstScored - 1 - start));
}

/**
 * The last token of a sequence that runs alone, and a draft of those that follow it, in one run. Each
 * is asked for the scores of the next one: as long as what is drawn is what was drafted, what was
 * computed after it holds.
 *
 *   tokens      last    d0    d1    d2        tokenCount = 4
 *   drawn        d0     d1    x               x is the sequence's, too; d2 is thrown away
 *
 * The draft's keys and values are written past what the row counts, and those of rejected tokens are
 * overwritten by the steps that come. One object is reused from step to step.
 */
export interface VerifyPlan {
  readonly kind: 'verify';
  readonly sequence: Sequence;
  readonly row: number;
  /** What the row holds before the step, at least 1; the first token's position. */
  readonly start: number;
  readonly tokens: Int32Array; // [most], the first tokenCount are valid
  /** At least 2: one token alone has another kernel. */
  readonly tokenCount: number;
  /** None. */
  readonly copies: readonly RowCopy[];
}

export type Plan = DecodePlan | PrefillPlan | VerifyPlan;

/** All that a plan carries. */
export function sequencesOf(plan: Plan): Sequence[] {
  if (plan.kind === 'prefill') return entriesOf(plan);
  if (plan.kind === 'verify') return [plan.sequence];
  return plan.sequences.slice(0, plan.rowCount).filter((sequence) => sequence !== null);
}

/** In place of a pick that could not be made: its sequence fails, and no other. */
export const failedPick = -2;

/** What a step says beside its picks. */
export interface StepAnswers {
  /** Why picks failed, by entry of the plan. */
  readonly failures: ReadonlyMap<number, string>;
  /** The log-probabilities of each entry's pick, null where it was not asked for. */
  readonly pickScores: readonly (TokenScore | null)[]; // [entries of the plan]
  /** Of the tokens that follow those of each chunk, where it is scored; else empty. */
  readonly promptScores: readonly TokenScores[]; // [chunks][tokens]
  /** Of a verify plan, how many picks were made, the one that ended it included. Else 0. */
  readonly draftPickCount: number;
  /**
   * How many of them are as drafted: all where a drafted stop token was drawn, else one less, since
   * what is drawn behind the accepted tokens is a pick, too.
   */
  readonly acceptedCount: number;
}

export const noAnswers: StepAnswers = {
  failures: new Map(),
  pickScores: [],
  promptScores: [],
  draftPickCount: 0,
  acceptedCount: 0,
};
