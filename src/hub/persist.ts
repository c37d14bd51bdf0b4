// Tries again what was interrupted, after longer and longer pauses, for as long as it gets on.

import type { Clock } from './clock.ts';
import { HubError, Interruption } from './errors.ts';

export interface Persistence {
  /** Failures in a row without any progress between them. */
  readonly retries: number;
  readonly firstPauseMs: number;
  readonly longestPauseMs: number;
  /** A server that asks for more than this is not waited for. */
  readonly longestRetryAfterMs: number;
}

export interface Attempts<T> {
  readonly attempt: () => Promise<T>;
  /** Whether the attempt that has just failed got on. */
  readonly gotOn: () => boolean;
  readonly onPause: (reason: string, milliseconds: number) => void;
}

/** Throws `HubError` (unreachable) when it gives up. */
export async function persist<T>(
  clock: Clock,
  persistence: Persistence,
  { attempt, gotOn, onPause }: Attempts<T>,
): Promise<T> {
  for (let failures = 0; ; ) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Interruption)) throw error;
      failures = gotOn() ? 1 : failures + 1;
      if (failures > persistence.retries) {
        throw new HubError('unreachable', `${error.message}, ${failures} times in a row`);
      }
      const pause = pauseAfter(error, failures, persistence);
      onPause(error.message, pause);
      await clock.sleep(pause);
    }
  }
}

function pauseAfter(
  { retryAfterMs, message }: Interruption,
  failures: number,
  { firstPauseMs, longestPauseMs, longestRetryAfterMs }: Persistence,
): number {
  if (retryAfterMs === null) return Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1));
  if (retryAfterMs <= longestRetryAfterMs) return retryAfterMs;
  const seconds = Math.ceil(retryAfterMs / 1000);
  throw new HubError('unreachable', `${message}, and wants to be left alone for ${seconds} s`);
}

/** Of a Retry-After header, in either of its forms; null where it has neither. */
export function retryAfter(value: string | null, now: number): number | null {
  if (value === null) return null;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const until = Date.parse(value);
  return Number.isNaN(until) ? null : Math.max(0, until - now);
}
