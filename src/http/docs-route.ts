// GET /openapi.json: what this server does, for programs. GET /docs: the same, for people.

import type { FastifyInstance } from 'fastify';
import type { AuthenticationSettings } from './authentication.ts';
import { page } from './docs/page.ts';
import { contentSecurityPolicy } from './docs/style.ts';
import { describeServer } from './openapi/document.ts';

export function addDocsRoutes(
  app: FastifyInstance,
  model: string,
  { apiKeys, adminKeys }: AuthenticationSettings,
): void {
  const asksForKeys = apiKeys.length > 0;
  const hasOperators = adminKeys.length > 0;
  const document = describeServer({ model, asksForKeys, hasOperators }, app.prefix);
  const json = JSON.stringify(document);
  app.get('/openapi.json', async (_request, reply) => {
    reply.type('application/json; charset=utf-8');
    return json;
  });
  app.get('/docs', async (request, reply) => {
    reply.type('text/html; charset=utf-8');
    reply.header('content-security-policy', contentSecurityPolicy);
    return page(document, `${request.protocol}://${request.host}${app.prefix}`);
  });
}
