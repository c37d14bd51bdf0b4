// A closed loop of streaming clients: each sends its next request when the last one has ended, as
// the tools that measure text-generation servers do.

import http from 'node:http';
import {
  type CompletionBody,
  type CompletionTimes,
  gapsMs,
  streamCompletion,
  ttftMs,
} from './stream.ts';

export interface ClosedLoop {
  readonly clientCount: number;
  readonly requestsPerClient: number;
  readonly timeoutMs: number;
  /** The body of the n-th request of all. */
  body(index: number): CompletionBody;
  readonly headers?: Readonly<Record<string, string>>;
  /** Called when a request has ended. */
  readonly onRequest?: () => void;
}

export interface LoadResult {
  readonly tokensPerSecond: number;
  readonly seconds: number;
  /** From sending to the first chunk with text. */
  readonly ttftMs: readonly number[];
  /** Each gap between such chunks, of all requests. */
  readonly interTokenMs: readonly number[];
}

export async function runClosedLoop(
  server: { readonly url: URL },
  loop: ClosedLoop,
): Promise<LoadResult> {
  // A connection for each request: not every server keeps one open behind a stream.
  const agent = new http.Agent({ maxSockets: loop.clientCount });
  const done: CompletionTimes[] = [];
  const client = async (_: unknown, number: number) => {
    for (let request = 0; request < loop.requestsPerClient; request++) {
      const body = loop.body(number * loop.requestsPerClient + request);
      const { timeoutMs, headers = {} } = loop;
      done.push(await streamCompletion(server, body, { agent, timeoutMs, headers }));
      loop.onRequest?.();
    }
  };
  const begun = performance.now();
  try {
    await Promise.all(Array.from({ length: loop.clientCount }, client));
  } finally {
    agent.destroy();
  }
  return loadResult(done, (performance.now() - begun) / 1000);
}

function loadResult(done: readonly CompletionTimes[], seconds: number): LoadResult {
  const tokens = done.reduce((sum, { generatedTokens }) => sum + generatedTokens, 0);
  return {
    tokensPerSecond: tokens / seconds,
    seconds,
    ttftMs: done.map(ttftMs),
    interTokenMs: done.flatMap(gapsMs),
  };
}
