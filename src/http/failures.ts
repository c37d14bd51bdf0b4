// Every way a request can fail before or outside its route, in OpenAI's shape: errors of routes, of
// fastify and of Node's parser, paths and methods that do not exist.

import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ServeError } from '../errors.ts';
import type { Refusals } from './refusals.ts';
import { errorHeaders, statusOf, wireError } from './wire-errors.ts';

declare module 'fastify' {
  interface FastifyInstance {
    readonly refusals: Refusals;
  }
}

export function addFailures(app: FastifyInstance, refusals: Refusals, maxBodyBytes: number): void {
  app.decorate('refusals', refusals);
  app.setErrorHandler((error: FastifyError, request, reply) => {
    replyWithError(translate(error, maxBodyBytes), request, reply);
  });
  app.setNotFoundHandler(refuseRoute);
}

/**
 * Refuses what no route takes before its body is read, whatever that would be refused for. To be added
 * after all that is to be checked first.
 */
export function addRouteCheck(app: FastifyInstance): void {
  app.addHook('onRequest', async (request, reply) => {
    if (!request.is404) return;
    refuseRoute(request, reply);
    return reply;
  });
}

function refuseRoute(request: FastifyRequest, reply: FastifyReply): void {
  const path = request.url.split('?')[0]!;
  const methods = ['GET', 'POST'].filter((method) =>
    request.server.hasRoute({ method, url: path }),
  );
  if (methods.length > 0) reply.header('allow', methods.join(', '));
  replyWithError(noSuchRoute(request.method, path, methods), request, reply);
}

export function noSuchRoute(method: string, path: string, allowed: readonly string[]): ServeError {
  const shown = path.slice(0, 100);
  return allowed.length === 0
    ? new ServeError('route_not_found', `there is nothing at ${shown}`)
    : new ServeError('method_not_allowed', `${shown} takes ${allowed.join(' or ')}, not ${method}`);
}

export function replyWithError(error: Error, request: FastifyRequest, reply: FastifyReply): void {
  request.server.refusals.count(error);
  if (!(error instanceof ServeError)) request.log.error({ err: error }, 'a request failed');
  reply.code(statusOf(error)).headers(errorHeaders(error)).send(wireError(error));
}

/** Fastify's refusals, as ours. What it does not blame on the client stays what it is: a bug. */
export function translate(error: FastifyError, maxBodyBytes: number): Error {
  if (error instanceof ServeError) return error;
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new ServeError('body_too_large', `a body may have at most ${maxBodyBytes} bytes`);
  }
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new ServeError(
      'unsupported_media_type',
      'the body must be JSON, with the header "Content-Type: application/json"',
    );
  }
  const isClients = (error.statusCode ?? 500) < 500;
  return isClients ? new ServeError('invalid_request', error.message) : error;
}

/** What Node's parser could not make sense of never becomes a request; only the socket is left. */
export function answerUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const status =
    error.code === 'HPE_HEADER_OVERFLOW'
      ? 431
      : error.code === 'ERR_HTTP_REQUEST_TIMEOUT'
        ? 408
        : 400;
  const body = JSON.stringify(
    wireError(new ServeError('invalid_request', `this is no HTTP request: ${error.message}`)),
  );
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}
