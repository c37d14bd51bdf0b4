// Whether the client is still there. `request.signal` fires for requests that are merely complete, so
// the response is asked: if it closes before it was written whole, the client left.

import type { ServerResponse } from 'node:http';

/** Resolves when the response is over: true where the client got all of it. */
export function responseOver(response: ServerResponse): Promise<boolean> {
  return new Promise((resolve) => {
    const { req } = response;
    const over = () => {
      response.off('finish', over);
      response.off('close', over);
      req.socket.off('close', over);
      resolve(response.writableFinished);
    };
    response.on('finish', over);
    response.on('close', over);
    // A pipelined response that waits for its turn has no socket yet, and would never close.
    req.socket.on('close', over);
    if (response.closed || req.socket.destroyed) over();
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
