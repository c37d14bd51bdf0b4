// Who may use which route. Where there are keys, everything asks for one, paths that do not exist
// included, except for a short list; so a route that is added later is not open by oversight. The
// routes of operators have keys of their own, which open nothing else.

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ServeError } from '../errors.ts';
import { KeyRing } from './key-ring.ts';
import { pageFilesRoute } from './page/page-route.ts';
import { shownKeys } from './shown-keys.ts';

export interface AuthenticationSettings {
  readonly apiKeys: readonly string[];
  readonly adminKeys: readonly string[];
}

/** Below the path that all are registered under; they never ask for a key: probes, and the page. */
export const publicRoutes: readonly string[] = ['/', pageFilesRoute, '/health', '/ready'];
export const adminPrefix = '/admin/';

export function addAuthentication(app: FastifyInstance, settings: AuthenticationSettings): void {
  const clients = new KeyRing(settings.apiKeys);
  const operators = new KeyRing(settings.adminKeys);
  app.addHook('onRequest', async (request) => {
    const { url } = request.routeOptions;
    const route = url === undefined ? null : url.slice(app.prefix.length) || '/';
    if (route?.startsWith(adminPrefix)) checkKey(request, operators);
    else if (!clients.isEmpty && !(route !== null && publicRoutes.includes(route))) {
      checkKey(request, clients);
    }
  });
}

/** Throws `ServeError`: missing_api_key, invalid_api_key. */
function checkKey({ headers }: FastifyRequest, ring: KeyRing): void {
  const shown = shownKeys(headers);
  if (shown.length === 0) {
    throw new ServeError(
      'missing_api_key',
      'this server asks for a key: send the header "Authorization: Bearer KEY"',
    );
  }
  if (!shown.some((key) => ring.accepts(key))) {
    throw new ServeError('invalid_api_key', 'this is not a key of this server');
  }
}
