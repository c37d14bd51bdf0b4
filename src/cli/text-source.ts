// Where `kvasir generate` has its texts from: an engine of its own or a server. Both take the body of
// a request to the API and answer in its shapes.

import type { Completion, CompletionChunk } from '../../client/client.ts';

export type RequestBody = Readonly<Record<string, unknown>>;

export interface TextSource {
  /** What the body's checks may refuse is thrown as `ServeError`, or as `CommandError`. */
  whole(body: RequestBody): Promise<Completion>;
  /** The last chunk has the counts, and no choices. */
  chunks(body: RequestBody): AsyncIterable<CompletionChunk>;
  close(): Promise<void>;
}
