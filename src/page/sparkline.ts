// The latest values of something as a small curve.

export const sparklineWidth = 60;
export const sparklineHeight = 20;
/** So many fit. */
export const mostPoints = 60;

/** What a path of SVG is drawn with; the latest value stands at the right. The top is the greatest. */
export function sparkline(values: readonly number[]): string {
  const top = Math.max(1, ...values);
  const step = sparklineWidth / (mostPoints - 1);
  const left = sparklineWidth - (values.length - 1) * step;
  const points = values.map((value, index) => {
    const height = (value / top) * (sparklineHeight - 2);
    return `${(left + index * step).toFixed(1)},${(sparklineHeight - 1 - height).toFixed(1)}`;
  });
  return points.length === 0 ? '' : `M${points.join('L')}`;
}
