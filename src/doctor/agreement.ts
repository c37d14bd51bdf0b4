// How near two rows of logits are, and how near they should be.

import { bestOf } from '../sampling/sampler.ts';

export interface Agreement {
  readonly rowCount: number;
  /** Of all numbers: the root of the mean squared difference, over that of the second's deviations. */
  readonly relativeError: number;
  readonly largestDifference: number;
  /** Rows whose best token is the same. */
  readonly sameBest: number;
  /** Where it is not, the most that the second gives its own best token above the first's. */
  readonly widestSwap: number;
  readonly isEqual: boolean;
}

/** `found` and `expected` run in parallel, each row as long as its other. */
export function agreement(
  found: readonly Float32Array[],
  expected: readonly Float32Array[],
): Agreement {
  let squares = 0;
  let deviations = 0;
  let largestDifference = 0;
  let sameBest = 0;
  let widestSwap = 0;
  let isEqual = found.length === expected.length;
  expected.forEach((row, index) => {
    const other = found[index]!;
    const mean = row.reduce((sum, score) => sum + score, 0) / row.length;
    for (let place = 0; place < row.length; place++) {
      const difference = other[place]! - row[place]!;
      if (!(difference === 0)) isEqual = false;
      squares += difference * difference;
      deviations += (row[place]! - mean) ** 2;
      // What is no number at all is as far off as can be.
      if (!(Math.abs(difference) <= largestDifference)) {
        largestDifference = Number.isNaN(difference) ? Infinity : Math.abs(difference);
      }
    }
    const [best, otherBest] = [bestOf(row), bestOf(other)];
    if (otherBest === best) sameBest += 1;
    else widestSwap = Math.max(widestSwap, row[best]! - row[otherBest]!);
  });
  const share = squares === 0 ? 0 : squares / deviations;
  const relativeError = Number.isNaN(share) ? Infinity : Math.sqrt(share);
  const rowCount = expected.length;
  return { rowCount, relativeError, largestDifference, sameBest, widestSwap, isEqual };
}

/** fp16 against fp32: measured 1.3e-3 on an H100. */
const mostRelativeError = 0.01;
/** Tokens whose logits fp32 has nearer together than this may change places: errors of 0.03 are usual. */
const nearTie = 0.06;

/** The same rows in two number formats. */
export function agreesInFp16({ relativeError, widestSwap }: Agreement): boolean {
  return relativeError <= mostRelativeError && widestSwap <= nearTie;
}

export function shownAgreement(found: Agreement): string {
  if (found.isEqual) return `${found.rowCount} rows equal to the last bit`;
  return (
    `relative error ${found.relativeError.toExponential(1)}, at most ` +
    `${found.largestDifference.toPrecision(2)}; best token the same in ${found.sameBest} of ${found.rowCount}`
  );
}
