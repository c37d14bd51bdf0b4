// A WebSocket client for tests: what it received is read frame by frame, in order.

import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';
import { listen, type TestServer } from './harness.ts';

// biome-ignore lint/suspicious/noExplicitAny: frames are looked into as they come
export type Frame = any;

export class SocketClient {
  readonly socket: WebSocket;
  readonly #received: Frame[] = [];
  #wake = () => {};

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => {
      this.#received.push(JSON.parse(String(data)));
      this.#wake();
    });
  }

  send(frame: object | string): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  async next(): Promise<Frame> {
    while (this.#received.length === 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#received.shift();
  }

  /** All frames up to and including the one that ends this completion. */
  async untilEnd(id: string): Promise<Frame[]> {
    const frames: Frame[] = [];
    do frames.push(await this.next());
    while (frames.at(-1).id !== id || frames.at(-1).type === 'completion.chunk');
    return frames;
  }

  /** The code and the reason that the server closes with. */
  async closed(): Promise<{ code: number; reason: string }> {
    const [code, reason] = await once(this.socket, 'close');
    return { code, reason: String(reason) };
  }
}

export async function openSocket(
  server: TestServer,
  options: ClientOptions = {},
): Promise<SocketClient> {
  const url = (await listen(server)).replace('http', 'ws');
  const socket = new WebSocket(`${url}/v1/completions`, options);
  onTestFinished(() => socket.terminate());
  await once(socket, 'open');
  return new SocketClient(socket);
}
