// Whether the client is still there. `request.signal` fires for requests that are merely complete, so
// the response is asked: if it closes before it was written whole, the client left.

import type { ServerResponse } from 'node:http';

/** Resolves when the response is over: true where the client got all of it. */
export function responseOver(response: ServerResponse): Promise<boolean> {
  const { socket } = response.req;
  return new Promise((resolve) => {
    const whole = () => over(true);
    const closed = () => over(response.writableFinished);
    const over = (isWhole: boolean) => {
      response.off('finish', whole);
      response.off('close', closed);
      socket.off('close', closed);
      resolve(isWhole);
    };
    response.on('finish', whole);
    response.on('close', closed);
    // A pipelined response that waits for its turn has no socket yet, and would never close.
    socket.on('close', closed);
    if (response.closed || socket.destroyed) closed();
  });
}

/** Resolves when there is room for more: the client read, left, or is not to be waited for. */
export function responseRoom(response: ServerResponse, cut: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const proceed = () => {
      response.off('drain', proceed);
      response.off('close', proceed);
      cut.removeEventListener('abort', proceed);
      resolve();
    };
    response.on('drain', proceed);
    response.on('close', proceed);
    cut.addEventListener('abort', proceed);
    if (response.closed || cut.aborted) proceed();
  });
}
