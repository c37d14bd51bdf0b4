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
  inverseTemperature: T, // [rows]
  targetIds: T, // [rows]
  candidateCount: number,
): Scores<T> {
  const tempered = ops.multiply(logits, ops.column(inverseTemperature)); // [rows, vocabulary]
  const top = ops.topK(logits, candidateCount);
  return {
    logNormalizer: ops.logSumExp(logits),
    temperedLogNormalizer: ops.logSumExp(tempered),
    targetScores: ops.pick(logits, targetIds),
    topScores: top.scores,
    topIds: top.ids,
  };
}
