// An open loop: requests are sent when they arrive, whatever the server still has to do. A server that
// is too slow is not spared, as it would be by clients that wait for it.

import http from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { CompletionBody } from '../../src/load/stream.ts';
import { type CompletionTimes, streamCompletion } from '../../src/load/stream.ts';

export interface OpenLoop {
  /** Seconds from the start, ascending. */
  readonly arrivals: readonly number[];
  readonly timeoutMs: number;
  body(index: number): CompletionBody;
}

/** Of each request in the order of arrival; null where it was refused or failed. */
export async function runOpenLoop(
  server: { readonly url: URL },
  { arrivals, timeoutMs, body }: OpenLoop,
): Promise<(CompletionTimes | null)[]> {
  const agent = new http.Agent({ maxSockets: Infinity });
  const begun = performance.now();
  try {
    return await Promise.all(
      arrivals.map(async (seconds, index) => {
        const asked = body(index); // made before its time comes
        await pause(Math.max(0, begun + 1000 * seconds - performance.now()));
        return streamCompletion(server, asked, { agent, timeoutMs }).catch(() => null);
      }),
    );
  } finally {
    agent.destroy();
  }
}
