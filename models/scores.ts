// What a server asks about rows of logits, computed beside them so that whole rows need not be read:
// the best candidates, the score of one given token, and the normalizers of those rows that need any.

import type { Ops } from './ops.ts';

export interface Questions<T> {
  /** The token whose logit is asked for. */
  readonly targetIds: T; // [rows]
  /** A row whose normalizer is asked for; it may be asked for several, or for none. */
  readonly normalizerRows: T; // [normalizers]
  /** 1 for the normalizer of log-probabilities, else for that of what is sampled from. */
  readonly inverseTemperature: T; // [normalizers]
}

export interface Scores<T> {
  /** log Σ exp(logits · inverseTemperature) */
  readonly logNormalizer: T; // [normalizers]
  readonly targetScores: T; // [rows]
  readonly topScores: T; // [rows, candidates]
  readonly topIds: T; // [rows, candidates]
}

export function scores<T>(
  ops: Ops<T>,
  logits: T, // [rows, vocabulary]
  { targetIds, normalizerRows, inverseTemperature }: Questions<T>,
  candidateCount: number,
): Scores<T> {
  const asked = ops.gather(logits, normalizerRows); // [normalizers, vocabulary]
  const tempered = ops.multiply(asked, ops.column(inverseTemperature));
  const top = ops.topK(logits, candidateCount);
  return {
    logNormalizer: ops.logSumExp(tempered),
    targetScores: ops.pick(logits, targetIds),
    topScores: top.scores,
    topIds: top.ids,
  };
}
