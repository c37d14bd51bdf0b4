// Notices peers that are gone without a word: a network that drops out sends no farewell. Who has not
// given any sign of life since the last ping is dropped, and what it had open ends.

import type { WebSocket } from 'ws';
import type { Surroundings } from '../surroundings.ts';

/** `intervalMs`: 0 for never. */
export function keepAlive(
  socket: WebSocket,
  intervalMs: number,
  after: Surroundings['after'],
): void {
  if (intervalMs === 0) return;
  let isAlive = true;
  const heard = () => {
    isAlive = true;
  };
  const beat = () => {
    if (!isAlive) {
      socket.terminate();
      return;
    }
    isAlive = false;
    socket.ping();
    cancel = after(intervalMs, beat);
  };
  let cancel = after(intervalMs, beat);
  socket.on('pong', heard);
  socket.on('ping', heard);
  socket.on('message', heard);
  socket.on('close', () => cancel());
}
