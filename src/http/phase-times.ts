// Where the time of a request went: waiting, reading its prompt, generating.

import type { SequenceTimes, TokenStream } from '../engine/engine.ts';
import type { PhaseTimes } from '../metrics.ts';

/** Of several sequences together: the first start, the first token of any, the last of all. */
export function jointTimes(streams: readonly TokenStream[]): SequenceTimes {
  const known = (name: keyof SequenceTimes) => streams.flatMap(({ times }) => times[name] ?? []);
  return {
    startedMs: oneOf(known('startedMs'), Math.min),
    firstTokenMs: oneOf(known('firstTokenMs'), Math.min),
    lastTokenMs: oneOf(known('lastTokenMs'), Math.max),
  };
}

export function phaseTimes(
  { startedMs, firstTokenMs, lastTokenMs }: SequenceTimes,
  arrivedMs: number,
  totalMs: number,
): PhaseTimes {
  return {
    queueMs: between(arrivedMs, startedMs),
    prefillMs: between(startedMs, firstTokenMs),
    decodeMs: between(firstTokenMs, lastTokenMs),
    totalMs,
  };
}

function oneOf(values: readonly number[], choose: (...values: number[]) => number): number | null {
  return values.length === 0 ? null : choose(...values);
}

/** The start of a step is reckoned back from its end, which may put it before the arrival. */
function between(from: number | null, to: number | null): number | null {
  return from === null || to === null ? null : Math.max(0, to - from);
}
