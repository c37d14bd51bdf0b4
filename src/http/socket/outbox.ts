// What goes out on one socket. A frame is always taken; who has more to send waits until the client
// has read enough of what is there.

import type { WebSocket } from 'ws';
import { closeSocket } from './close-codes.ts';
import type { ServerFrame } from './frames.ts';

/** Unsent bytes above which senders wait. */
const enoughBytes = 64 * 1024;
/** Unsent bytes above which a client only wants to fill our memory. */
const hopelessBytes = 16 * 1024 * 1024;

export class Outbox {
  readonly #socket: WebSocket;
  #waiting: (() => void)[] = [];

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('close', () => this.#wake());
  }

  send(frame: ServerFrame): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    // Answers to bad frames wait for nobody; a client that sends them and never reads is cut off.
    if (this.#socket.bufferedAmount > hopelessBytes) closeSocket(this.#socket, 'unread');
    else this.#socket.send(JSON.stringify(frame), () => this.#wakeIfRoom());
  }

  /** Resolves when there is room for more, or nobody to send it to, or no reason to wait. */
  async room(cut: AbortSignal): Promise<void> {
    while (!this.#hasRoom() && !cut.aborted) {
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        cut.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }

  #hasRoom(): boolean {
    const { readyState, OPEN, bufferedAmount } = this.#socket;
    return readyState !== OPEN || bufferedAmount < enoughBytes;
  }

  #wakeIfRoom(): void {
    if (this.#waiting.length > 0 && this.#hasRoom()) this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
