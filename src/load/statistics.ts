// The few numbers that a benchmark quotes.

/** The smallest value that at least `share` of the values do not exceed; NaN for none. */
export function percentile(values: readonly number[], share: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}

export const median = (values: readonly number[]) => percentile(values, 0.5);

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** What several rounds say of one figure. NaN for none. */
export function spread(values: readonly number[]): Spread {
  return { median: median(values), least: percentile(values, 0), most: percentile(values, 1) };
}

export interface Latency {
  readonly p50: number;
  readonly p99: number;
}

export const latency = (values: readonly number[]): Latency => {
  return { p50: median(values), p99: percentile(values, 0.99) };
};
