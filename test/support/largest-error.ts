// How far numbers are from what they should be.

/** Relative to the largest magnitude that is expected. */
export function largestError(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  let [largest, error] = [0, 0];
  for (let i = 0; i < expected.length; i++) {
    largest = Math.max(largest, Math.abs(expected[i]!));
    error = Math.max(error, Math.abs(expected[i]! - found[i]!));
  }
  return error / largest;
}
