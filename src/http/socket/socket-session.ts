// One client's socket: its frames in, the completions it has open, their frames out. When the socket
// closes, all of them end.

import type { FastifyBaseLogger } from 'fastify';
import type { RawData, WebSocket } from 'ws';
import { ServeError } from '../../errors.ts';
import type { Completion } from '../completion/completion.ts';
import type { Completions } from '../completion/completions.ts';
import { wireChoice } from '../wire.ts';
import { type ClientFrame, chunkFrame, doneFrame, errorFrame, parseFrame } from './frames.ts';
import { Outbox } from './outbox.ts';

export interface SocketContext {
  readonly completions: Completions;
  readonly model: string;
  /** Begins the names of its completions in logs. */
  readonly requestId: string;
  readonly log: FastifyBaseLogger;
}

export class SocketSession {
  readonly #context: SocketContext;
  readonly #outbox: Outbox;
  /** What cancels each completion that is open, by the client's id for it. */
  readonly #open = new Map<string, AbortController>();

  constructor(socket: WebSocket, context: SocketContext) {
    this.#context = context;
    this.#outbox = new Outbox(socket);
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('close', () => {
      for (const cancel of this.#open.values()) cancel.abort();
    });
  }

  #receive(data: RawData, isBinary: boolean): void {
    let frame: ClientFrame;
    try {
      if (isBinary) throw new ServeError('invalid_request', 'frames are text, not binary');
      frame = parseFrame(String(data));
    } catch (error) {
      this.#outbox.send(errorFrame(null, error));
      return;
    }
    if (frame.type === 'completion.cancel') this.#open.get(frame.id)?.abort();
    else void this.#create(frame.id, frame.fields);
  }

  async #create(id: string, fields: object): Promise<void> {
    if (this.#open.has(id)) {
      const error = new ServeError('duplicate_id', `"${id}" is the id of an open completion`, 'id');
      this.#outbox.send(errorFrame(id, error));
      return;
    }
    const cancel = new AbortController();
    this.#open.set(id, cancel);
    const { completions, requestId, log } = this.#context;
    try {
      const body = { ...fields, stream: true };
      const caller = { completionId: `cmpl-${requestId}-${id}` };
      await completions.serve(caller, body, async (completion) => {
        cancel.signal.addEventListener('abort', () => completion.abort());
        if (cancel.signal.aborted) completion.abort();
        await this.#write(id, completion);
      });
    } catch (error) {
      if (!(error instanceof ServeError)) log.error({ err: error }, 'a completion failed');
      this.#open.delete(id);
      this.#outbox.send(errorFrame(id, error));
    }
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
