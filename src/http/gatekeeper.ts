// What happens to every request before its route: it is checked, gets its id echoed, and, where it
// comes from an allowed page of another site, the headers that let the page read the answer.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { checkHost, checkOrigin, type GuardSettings } from './guard.ts';

export function addGatekeeper(app: FastifyInstance, settings: GuardSettings): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    const { host, origin } = request.headers;
    checkHost(host, settings);
    if (!checkOrigin(origin, host, settings)) return;
    reply.headers({
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'x-request-id, retry-after',
      vary: 'origin',
    });
    if (!isPreflight(request)) return;
    await reply.code(204).headers(preflightHeaders).send();
  });
}

const preflightHeaders = {
  'access-control-allow-methods': 'GET, POST',
  'access-control-allow-headers': 'authorization, content-type, x-request-id',
  'access-control-max-age': '600',
};

/** A browser asks leave before it sends JSON to another site. */
function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}
