// The latest values of something as a small curve.

const width = 60;
const frameHeight = 20;
/** So many fit. */
export const mostPoints = 60;

/**
 * What a path of SVG is drawn with; the latest value stands at the right, and before the first there was
 * nothing. The top is the greatest. What closes the shape, to be filled, is out of sight.
 */
export function sparkline(values: readonly number[]): string {
  const top = Math.max(1, ...values);
  const step = width / (mostPoints - 1);
  const before = Array.from({ length: mostPoints - values.length }, () => 0);
  const points = [...before, ...values].map((value, index) => {
    const height = (value / top) * (frameHeight - 2);
    return `${(index * step).toFixed(1)},${(frameHeight - 1 - height).toFixed(1)}`;
  });
  const [left, right, below] = [-2, width + 2, frameHeight + 2];
  return `M${left} ${below}V${frameHeight - 1}L${points.join('L')}H${right}V${below}Z`;
}
