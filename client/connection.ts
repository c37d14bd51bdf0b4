// One WebSocket that carries many completions at once, each under an id of ours. When it is lost, all
// that are open fail; nothing connects again by itself.

import type { CompletionChunk, CompletionRequest, Usage } from './completion-types.ts';
import { type ClientErrorCode, errorWithin, isObject, KvasirError, serverError } from './errors.ts';
import { type Generation, PendingGeneration } from './generation.ts';
import { type CallOptions, parsed } from './http.ts';
import { openSocket, type Socket, type SocketOptions } from './socket.ts';

export type { Generation } from './generation.ts';

export interface Connection {
  /** How many completions have not ended. */
  readonly openCount: number;
  /** Resolves with the reason once the connection is gone, whoever ended it; never rejects. */
  readonly closed: Promise<KvasirError>;
  /**
   * Begins at once; what goes wrong is thrown to whoever reads the chunks. They wait in memory until
   * they are read: a socket has no way to hold back one completion and let the others go on.
   */
  stream(request: CompletionRequest, call?: CallOptions): Generation;
  /** Ends everything that is open on it; its readers get a `connection_closed`. */
  close(): void;
}

/** Throws `KvasirError`. */
export async function connect(options: SocketOptions, call: CallOptions = {}): Promise<Connection> {
  return new SocketConnection(await openSocket(options, call));
}

/** The `readyState` of a socket on which something can be sent. */
const isOpen = 1;

class SocketConnection implements Connection {
  readonly closed: Promise<KvasirError>;
  readonly #socket: Socket;
  readonly #open = new Map<string, PendingGeneration>();
  #lastId = 0;
  /** Why there is no connection any more. */
  #loss: KvasirError | null = null;
  #tellClosed!: (loss: KvasirError) => void;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      this.#tellClosed = resolve;
    });
    socket.addEventListener('message', ({ data }) => this.#receive(String(data)));
    socket.addEventListener('close', ({ code, reason }) => {
      const why = reason ? `${code}, ${reason}` : code;
      this.#lose('connection_lost', `the connection was lost (${why})`);
    });
    if (socket.readyState !== isOpen) this.#lose('connection_lost', 'the connection was lost');
  }

  get openCount(): number {
    return this.#open.size;
  }

  stream(request: CompletionRequest, { signal }: CallOptions = {}): Generation {
    const id = String(++this.#lastId);
    const abandon = () => generation.abandon(signal?.reason);
    const generation = new PendingGeneration(
      id,
      () => this.#send({ type: 'completion.cancel', id }),
      () => signal?.removeEventListener('abort', abandon),
    );
    if (signal?.aborted) generation.fail(signal.reason);
    else if (this.#loss !== null) generation.fail(this.#loss);
    else {
      this.#send({ ...request, type: 'completion.create', id });
      this.#open.set(id, generation);
      signal?.addEventListener('abort', abandon, { once: true });
    }
    return generation;
  }

  close(): void {
    this.#lose('connection_closed', 'the connection was closed here');
    this.#socket.close();
  }

  #send(frame: object): void {
    if (this.#loss === null) this.#socket.send(JSON.stringify(frame));
  }

  #receive(text: string): void {
    const frame = parsed(text);
    if (!isObject(frame)) {
      this.#lose('unexpected_answer', `a frame is no JSON object: ${text.slice(0, 200)}`);
      this.#socket.close();
      return;
    }
    const error = errorWithin(frame);
    const generation = this.#open.get(String(frame['id']));
    // Nobody reads it any more.
    if (generation === undefined) return;
    if (frame['type'] === 'completion.chunk') {
      const { type: _, ...chunk } = frame;
      generation.push(chunk as unknown as CompletionChunk);
    } else if (frame['type'] === 'completion.done') {
      this.#open.delete(generation.id);
      generation.finish(frame['usage'] as Usage, frame['finish_reason'] === 'abort');
    } else if (error !== null) {
      this.#open.delete(generation.id);
      generation.fail(serverError(error));
    }
  }

  #lose(code: ClientErrorCode, message: string): void {
    if (this.#loss !== null) return;
    this.#loss = new KvasirError(code, message);
    for (const generation of this.#open.values()) generation.fail(this.#loss);
    this.#open.clear();
    this.#tellClosed(this.#loss);
  }
}
