// Why a socket is closed, as RFC 6455 numbers it. A frame that is too large is 1009, which ws sends
// itself; a peer that is gone hears nothing.

import type { WebSocket } from 'ws';

const closings = {
  stopping: [1001, 'the server is stopping'],
  unread: [1008, 'what is sent here is not read'],
  engineStopped: [1011, 'the engine stopped'],
} as const;

export function closeSocket(socket: WebSocket, why: keyof typeof closings): void {
  const [code, reason] = closings[why];
  socket.close(code, reason);
}
