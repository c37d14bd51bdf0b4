// What happens to every request before its route: it gets its id echoed, is checked for whom it comes
// from, and, where it comes from an allowed page of another site, gets the headers that let the page
// read the answer. A preflight ends here: browsers send no key with one.

import type { FastifyInstance } from 'fastify';
import { isPreflight, letRead, preflightHeaders } from './cors.ts';
import { checkHost, checkOrigin, type GuardSettings } from './guard.ts';

export function addGatekeeper(app: FastifyInstance, settings: GuardSettings): void {
  const dependsOnOrigin = settings.allowedOrigins.length > 0;
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
    // Caches must not hand one site's answer to another.
    if (dependsOnOrigin) reply.header('vary', 'origin');
    const { host, origin } = request.headers;
    checkHost(host, settings);
    if (origin === undefined || !checkOrigin(origin, host, settings)) return;
    letRead(reply, origin);
    if (isPreflight(request)) await reply.code(204).headers(preflightHeaders(request)).send();
  });
}
