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
  const scale = ops.column(inverseTemperature); // [rows, 1]
  const best = ops.flat(ops.first(top.ids)); // [rows]
  const bestScore = ops.first(top.scores); // [rows, 1]
  return {
    logNormalizer: logNormalizer(ops, logits, best, bestScore),
    temperedLogNormalizer: logNormalizer(
      ops,
      ops.multiply(logits, scale),
      best,
      ops.multiply(bestScore, scale),
    ),
    targetScores: ops.pick(logits, targetIds),
    topScores: top.scores,
    topIds: top.ids,
  };
}

/** What softmax takes off the best score, and off every other: [rows]. */
function logNormalizer<T>(ops: Ops<T>, scores: T, best: T, bestScore: T): T {
  return ops.subtract(ops.flat(bestScore), ops.pick(ops.logSoftmax(scores), best));
}
