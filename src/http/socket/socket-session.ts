// One client's socket: its frames in, the completions it has open, their frames out. When the socket
// closes, all of them end.

import type { FastifyBaseLogger } from 'fastify';
import type { RawData, WebSocket } from 'ws';
import { ServeError } from '../../errors.ts';
import { socketCaller } from '../caller.ts';
import type { Completion } from '../completion/completion.ts';
import type { Completions } from '../completion/completions.ts';
import { completionsPath } from '../completions-route.ts';
import type { Refusals } from '../refusals.ts';
import { wireChoice } from '../wire.ts';
import { closeSocket } from './close-codes.ts';
import { chunkFrame, doneFrame, errorFrame, readFrame, type UnreadableFrame } from './frames.ts';
import { Outbox } from './outbox.ts';

export interface SocketContext {
  readonly completions: Completions;
  readonly model: string;
  /** Begins the names of its completions in logs. */
  readonly requestId: string;
  readonly log: FastifyBaseLogger;
  readonly refusals: Refusals;
  /** Completions that may be open on it. */
  readonly maxRequests: number;
}

export class SocketSession {
  readonly #socket: WebSocket;
  readonly #context: SocketContext;
  readonly #outbox: Outbox;
  /** What cancels each completion that is open, by the client's id for it. */
  readonly #open = new Map<string, AbortController>();

  constructor(socket: WebSocket, context: SocketContext) {
    this.#socket = socket;
    this.#context = context;
    this.#outbox = new Outbox(socket);
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('close', () => {
      for (const cancel of this.#open.values()) cancel.abort();
    });
  }

  #receive(data: RawData, isBinary: boolean): void {
    // Nobody would read the answer.
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const frame = isBinary ? binaryFrame() : readFrame(String(data));
    if (frame.type === 'completion.create') void this.#create(frame.id, frame.fields);
    else if (frame.type === 'completion.cancel') this.#open.get(frame.id)?.abort();
    else this.#refuse(frame.id, frame.error);
  }

  #refuse(id: string | null, error: ServeError): void {
    this.#context.refusals.count(error);
    this.#outbox.send(errorFrame(id, error));
  }

  /** Why this may not be opened, or null. */
  #obstacle(id: string): ServeError | null {
    const { maxRequests } = this.#context;
    if (this.#open.has(id)) {
      return new ServeError('duplicate_id', `"${id}" is the id of an open completion`, 'id');
    }
    if (this.#open.size < maxRequests) return null;
    return new ServeError(
      'too_many_requests',
      `${maxRequests} completions are open on this socket, and no more may be`,
    );
  }

  async #create(id: string, fields: object): Promise<void> {
    const obstacle = this.#obstacle(id);
    if (obstacle !== null) return this.#refuse(id, obstacle);
    const cancel = new AbortController();
    this.#open.set(id, cancel);
    const { completions, requestId, log } = this.#context;
    try {
      const body = { ...fields, stream: true };
      const caller = socketCaller(id, completionsPath, requestId, log);
      await completions.serve(caller, body, async (completion) => {
        cancel.signal.addEventListener('abort', () => completion.abort());
        if (cancel.signal.aborted) completion.abort();
        await this.#write(id, completion);
      });
    } catch (error) {
      if (!(error instanceof ServeError)) log.error({ err: error }, 'a completion failed');
      this.#open.delete(id);
      this.#outbox.send(errorFrame(id, error));
      this.#closeIfUseless(error);
    }
  }

  /** Once the last completion was told. */
  #closeIfUseless(error: unknown): void {
    const isStopped = error instanceof ServeError && error.code === 'engine_stopped';
    if (isStopped && this.#open.size === 0) closeSocket(this.#socket, 'engineStopped');
  }

  async #write(id: string, completion: Completion): Promise<void> {
    for await (const event of completion.events()) {
      this.#outbox.send(
        chunkFrame(id, completion, this.#context.model, wireChoice(event, completion)),
      );
      await this.#outbox.room(completion.cut);
    }
    // Free before the client can know that it ended.
    this.#open.delete(id);
    this.#outbox.send(doneFrame(id, completion.usage, completion.isAborted));
  }
}

function binaryFrame(): UnreadableFrame {
  const error = new ServeError('invalid_request', 'frames are text, not binary');
  return { type: 'unreadable', id: null, error };
}
