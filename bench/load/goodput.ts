// Of the requests that were sent, how many were served well: the first token soon enough, and the
// others fast enough to read along.

import { type CompletionTimes, tpotMs, ttftMs } from '../../src/load/stream.ts';

export interface Limits {
  readonly ttftMs: number;
  /** Mean time per token after the first. */
  readonly tpotMs: number;
}

/** `null`: refused or failed. */
export function isGood(times: CompletionTimes | null, limits: Limits): boolean {
  if (times === null) return false;
  const perToken = tpotMs(times);
  // A single token has no second one to wait for.
  return ttftMs(times) <= limits.ttftMs && !(perToken > limits.tpotMs);
}

/** Good requests a second of those that arrived within so many seconds. */
export function goodput(
  requests: readonly (CompletionTimes | null)[],
  limits: Limits,
  seconds: number,
): number {
  return requests.filter((times) => isGood(times, limits)).length / seconds;
}
