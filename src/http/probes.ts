// What orchestrators and Prometheus ask. /health: the process answers. /ready: it would take work now.

import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../metrics.ts';
import type { Completions } from './completion/completions.ts';

export function addProbes(app: FastifyInstance, completions: Completions, metrics: Metrics): void {
  app.get('/health', async () => ({ status: 'ok' }));
  app.get('/ready', async () => {
    completions.checkReady();
    return { status: 'ready' };
  });
  app.get('/metrics', async (_request, reply) => {
    reply.type(metrics.contentType);
    return metrics.exposition();
  });
  app.addHook('onResponse', async (request, reply) => {
    metrics.responseSent(request.routeOptions.url ?? 'none', reply.statusCode);
  });
}
