// Looking things up in cumulative weights: numbers that never fall. What is looked for is handed over
// in an array of one, since a number with a fraction becomes an object wherever a call is not inlined.

const wanted = new Float64Array(1);

/** The first index below `count` whose sum reaches `target`; `count` if none does. */
export function firstReaching(
  sums: Float64Array,
  count: number,
  target: Float64Array, // [1]
): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sums[middle]! >= target[0]!) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The first index below `count` whose sum exceeds `target`; `count` if none does. */
export function firstAbove(
  sums: Float64Array,
  count: number,
  target: Float64Array, // [1]
): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sums[middle]! > target[0]!) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * Whom a uniform number in [0, 1) falls on, among the first `count`: an entry with a weight, even
 * where rounding takes the product to the very top.
 */
export function drawnFrom(
  sums: Float64Array,
  count: number,
  point: Float64Array, // [1], a uniform number
): number {
  const total = sums[count - 1]!;
  wanted[0] = point[0]! * total;
  const index = firstAbove(sums, count, wanted);
  if (index < count) return index;
  wanted[0] = total;
  return firstReaching(sums, count, wanted);
}
