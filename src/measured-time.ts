// Which times a clock can have given: steps whose time is anything else teach nothing. Milliseconds.

/** A nanosecond: shorter is no time at all, as where nobody looked. */
const shortestMs = 1e-6;

/** An hour: the clock was set, or the machine slept. */
const longestMs = 3_600_000;

export function isMeasured(ms: number): boolean {
  return ms >= shortestMs && ms <= longestMs;
}
