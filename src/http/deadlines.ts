// How long a request may wait for its turn, and how long it may take in all.

import type { TokenStream } from '../engine/engine.ts';
import { ServeError } from '../errors.ts';
import type { Surroundings } from './surroundings.ts';

/** 0: as long as it takes. */
export interface TimeLimits {
  readonly queueTimeoutMs: number;
  readonly requestTimeoutMs: number;
}

/** `end` is told why, unless the function that is returned is called before. */
export function setDeadlines(
  arrivedMs: number,
  streams: readonly TokenStream[],
  { queueTimeoutMs, requestTimeoutMs }: TimeLimits,
  { nowMs, after }: Surroundings,
  end: (error: ServeError) => void,
): () => void {
  const cancels: (() => void)[] = [];
  const at = (limitMs: number, run: () => void): void => {
    if (limitMs > 0) cancels.push(after(Math.max(0, arrivedMs + limitMs - nowMs()), run));
  };
  at(queueTimeoutMs, () => {
    // Work that was done for some of its texts is not thrown away.
    if (streams.every(({ times }) => times.startedMs === null)) end(queueTimeout(queueTimeoutMs));
  });
  at(requestTimeoutMs, () => end(requestTimeout(requestTimeoutMs)));
  return () => {
    for (const cancel of cancels) cancel();
  };
}

function queueTimeout(limitMs: number): ServeError {
  return new ServeError(
    'queue_timeout',
    `the server is busy: this did not have its turn within ${limitMs / 1000} s; try again later`,
  );
}

function requestTimeout(limitMs: number): ServeError {
  return new ServeError(
    'request_timeout',
    `this took longer than the ${limitMs / 1000} s that a request may take; ask for fewer tokens`,
  );
}
