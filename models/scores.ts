// What a server asks about a row of logits, computed beside them so that whole rows need not be read:
// the best candidates, the score of one given token, and two normalizers.

import type { Ops } from './ops.ts';

export interface Scores<T> {
  /** log Σ exp(logits): turns scores into log-probabilities. */
  readonly logNormalizer: T; // [rows]
  /** log Σ exp(logits · inverseTemperature): turns tempered scores into what is sampled from. */
  readonly temperedLogNormalizer: T; // [rows]
  /** The logit of the token asked about. */
  readonly targetScores: T; // [rows]
  readonly topScores: T; // [rows, candidates]
  readonly topIds: T; // [rows, candidates]
}

export function scores<T>(
  ops: Ops<T>,
  logits: T, // [rows, vocabulary]
  inverseTemperature: T, // [rows], above 0
  targetIds: T, // [rows]
  candidateCount: number,
): Scores<T> {
  const top = ops.topK(logits, candidateCount);
  const largest = ops.first(top.scores); // [rows, 1]
  const scale = ops.column(inverseTemperature); // [rows, 1]
  const tempered = ops.multiply(logits, scale); // [rows, vocabulary]
  return {
    logNormalizer: ops.flat(logSumExp(ops, logits, largest)),
    temperedLogNormalizer: ops.flat(logSumExp(ops, tempered, ops.multiply(largest, scale))),
    targetScores: ops.pick(logits, targetIds),
    topScores: top.scores,
    topIds: top.ids,
  };
}

/** Shifted by the largest entry of each row, so that nothing overflows: [rows, 1]. */
function logSumExp<T>(ops: Ops<T>, x: T, largest: T): T {
  return ops.add(ops.log(ops.rowSum(ops.exp(ops.subtract(x, largest)))), largest);
}
