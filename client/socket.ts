// The WebSocket that a connection speaks through: the platform's, or one that is handed in. A key
// travels as a subprotocol, since browsers let nobody set headers.

import { KvasirError } from './errors.ts';
import { ask, type CallOptions, type HttpOptions } from './http.ts';

/** What is used of a WebSocket; browsers', Node's, and that of `ws` have it. */
export interface Socket {
  readonly readyState: number;
  send(data: string): void;
  close(): void;
  addEventListener(
    type: 'open' | 'message' | 'close' | 'error',
    // biome-ignore lint/suspicious/noExplicitAny: every implementation has types of its own for events
    listen: (event: any) => void,
  ): void;
}

export type SocketConstructor = new (url: string, protocols: string[]) => Socket;

export interface SocketOptions {
  readonly http: HttpOptions;
  readonly apiKey: string | undefined;
  readonly WebSocket: SocketConstructor | undefined;
}

/** Throws `KvasirError`: why the server does not let us in, as far as it says. */
export async function openSocket(options: SocketOptions, { signal }: CallOptions): Promise<Socket> {
  signal?.throwIfAborted();
  const { http, apiKey } = options;
  const own = (globalThis as { WebSocket?: SocketConstructor }).WebSocket;
  const WebSocket = options.WebSocket ?? own;
  if (WebSocket === undefined) {
    const message =
      'there is no WebSocket here: give createClient one, like that of the package ws';
    throw new KvasirError('connection_failed', message);
  }
  const url = `${http.url.replace(/^http/, 'ws')}/v1/completions`;
  const socket = new WebSocket(url, [
    'kvasir',
    ...(apiKey === undefined ? [] : [protocolOf(apiKey)]),
  ]);
  const failure = await opened(socket, signal);
  if (failure === null) return socket;
  signal?.throwIfAborted();
  // A handshake that fails does not say why; a request that is refused for the same reason does.
  await ask(http, '/v1/models', null, { signal });
  throw new KvasirError('connection_failed', `${url} does not open a socket${failure}`);
}

/** Null once it is open; else what there is to say about why it is not. */
function opened(socket: Socket, signal: AbortSignal | undefined): Promise<string | null> {
  return new Promise((resolve) => {
    const abandon = () => socket.close();
    let why = '';
    signal?.addEventListener('abort', abandon, { once: true });
    socket.addEventListener('open', () => {
      signal?.removeEventListener('abort', abandon);
      resolve(null);
    });
    socket.addEventListener('error', ({ message }) => {
      why = typeof message === 'string' && message !== '' ? `: ${message}` : '';
    });
    socket.addEventListener('close', () => {
      signal?.removeEventListener('abort', abandon);
      resolve(why);
    });
  });
}

/** Of what `encodeURIComponent` leaves as it is, parentheses may not stand in a subprotocol. */
function protocolOf(key: string): string {
  const escaped = encodeURIComponent(key).replace(/[()]/g, (character) =>
    character === '(' ? '%28' : '%29',
  );
  return `kvasir.key.${escaped}`;
}
