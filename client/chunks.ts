// A streamed answer, chunk by chunk. Nothing is read ahead of whoever reads the chunks, so that a slow
// reader slows down the server and not its own memory; who stops reading ends the work at the server.

import { errorWithin, KvasirError, serverError } from './errors.ts';
import { EventStreamParser } from './event-stream.ts';
import { broken, type CallOptions, type HttpOptions, send } from './http.ts';

const endOfStream = '[DONE]';

/** Throws `KvasirError`: what the request was refused for, or what ended the stream before its time. */
export async function* streamChunks<Chunk>(
  options: HttpOptions,
  path: string,
  body: object,
  { signal }: CallOptions = {},
): AsyncGenerator<Chunk, void, undefined> {
  const response = await send(options, path, body, { signal });
  const requestId = response.headers.get('x-request-id');
  const type = response.headers.get('content-type') ?? 'nothing';
  if (!type.startsWith('text/event-stream') || response.body === null) {
    const message = `${path} answered with ${type} instead of a stream of events`;
    throw new KvasirError('unexpected_answer', message, { requestId });
  }
  const reader = response.body.getReader();
  let isWhole = false;
  try {
    const parser = new EventStreamParser();
    // Drops a byte order mark, too.
    const decoder = new TextDecoder();
    while (true) {
      const { done, value } = await reader.read().catch((cause) => {
        throw broken(cause, signal);
      });
      if (done) break;
      for (const { data } of parser.push(decoder.decode(value, { stream: true }))) {
        if (data === endOfStream) {
          isWhole = true;
          return;
        }
        const content = contentOf(data);
        const error = errorWithin(content);
        if (error !== null) throw serverError(error, { requestId });
        yield content as Chunk;
        signal?.throwIfAborted();
      }
    }
    const message = 'the stream broke off: the connection ended before the stream did';
    throw new KvasirError('connection_lost', message, { requestId });
  } finally {
    if (isWhole) letEnd(reader);
    else reader.cancel().catch(() => {});
  }
}

function contentOf(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch (cause) {
    const message = `an event of the stream is not JSON: ${data.slice(0, 200)}`;
    throw new KvasirError('unexpected_answer', message, { cause });
  }
}

/** After the last event only the end is left; a connection whose answer was read can be used again. */
function letEnd(reader: { read(): Promise<unknown>; cancel(): Promise<void> }): void {
  reader
    .read()
    .then(() => reader.cancel())
    .catch(() => {});
}
