// How many of the prompts that wait begin together, in one step and as rows of one padded batch. The
// order of the line is kept: whoever does not fit ends the batch, and is the next one's first.

import { sharedLength } from '../kv/prefixes.ts';
import type { RowCache } from '../kv/row-cache.ts';
import type { PrefillBudget } from './pace.ts';
import type { Sequence } from './sequence.ts';

/** A prompt of one token takes another kernel, and would take this one's in a batch. */
const shortestPrompt = 2;

export interface BatchLimits extends PrefillBudget {
  /** For all of the batch and their forks. */
  readonly rows: number;
  readonly rowsSideBySide: number;
}

/**
 * 1: the first in line goes alone, in as many chunks as it takes, and finds what the cache keeps of
 * it. Several begin with nothing, and at the price of padding; so they do only where that costs less
 * than one after the other, and each that joins pays for itself.
 */
export function batchLength(
  line: readonly Sequence[],
  forkCount: (sequence: Sequence) => number,
  cache: RowCache,
  limits: BatchLimits,
): number {
  const { tokensPerRun } = limits;
  let width = 0;
  let batchCost = tokensPerRun;
  let costApart = 0;
  let rowCount = 0;
  let count = 0;
  for (const sequence of line) {
    const { length } = sequence.promptIds;
    const widened = Math.max(width, length);
    const extended = tokensPerRun + (count + 1) * widened;
    rowCount += 1 + forkCount(sequence);
    const fits =
      length >= shortestPrompt &&
      extended - tokensPerRun <= limits.tokens &&
      rowCount <= limits.rows &&
      count < limits.rowsSideBySide;
    if (!fits) break;
    const alone = tokensPerRun + length - reusableCount(sequence, line.slice(0, count), cache);
    if (count > 0 && extended - batchCost > alone) break;
    width = widened;
    batchCost = extended;
    costApart += alone;
    count += 1;
  }
  return batchCost <= costApart ? Math.max(count, 1) : 1;
}

/** Tokens that need not be computed if those before it are, and it goes alone. */
function reusableCount(sequence: Sequence, before: readonly Sequence[], cache: RowCache): number {
  const { promptIds: ids, cacheSalt: salt, scoredCount, promptScores: scores } = sequence;
  let most = cache.reusableCount({ ids, salt, scores }, scoredCount);
  if (!cache.reusesPrefixes) return most;
  for (const other of before) {
    if (other.cacheSalt === salt) most = Math.max(most, sharedLength(other.promptIds, ids));
  }
  return most;
}
