// Who asked for a completion, and where: what its record needs to know of its transport.

import type { FastifyBaseLogger, FastifyReply, FastifyRequest } from 'fastify';
import { statusOf } from './wire-errors.ts';

export interface Caller {
  /** What the completion is called unless its request has a name of its own. */
  readonly completionId: string;
  /** Of the HTTP request, or of the one that the socket began with. */
  readonly requestId: string;
  /** Method and path, as in logs. */
  readonly route: string;
  readonly log: Pick<FastifyBaseLogger, 'info' | 'error'>;
  /** The status that was, or will be, sent; undefined where there is none. */
  status(error: unknown): number | undefined;
}

/** `kind` begins the id: cmpl, chatcmpl. */
export function httpCaller(kind: string, request: FastifyRequest, reply: FastifyReply): Caller {
  return {
    completionId: `${kind}-${request.id}`,
    requestId: request.id,
    route: `${request.method} ${request.routeOptions.url}`,
    log: request.log,
    status: (error) => {
      if (reply.raw.headersSent) return reply.raw.statusCode;
      return error === null ? undefined : statusOf(error);
    },
  };
}

/** `id`: the client's own, on its socket. */
export function socketCaller(
  id: string,
  route: string,
  requestId: string,
  log: FastifyBaseLogger,
): Caller {
  return {
    completionId: `cmpl-${requestId}-${id}`,
    requestId,
    route: `SOCKET ${route}`,
    log,
    status: () => undefined,
  };
}
