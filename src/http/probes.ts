// What orchestrators and Prometheus ask. /health: the process answers. /ready: it would take work now.

import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../metrics.ts';
import type { Readiness } from './readiness.ts';

export function addProbes(app: FastifyInstance, readiness: Readiness, metrics: Metrics): void {
  app.get('/health', async () => ({ status: 'ok' }));
  app.get('/ready', async () => {
    try {
      readiness.check();
    } catch (error) {
      // Nobody who asks this is turned away.
      app.refusals.except(error);
      throw error;
    }
    return { status: 'ready' };
  });
  app.get('/metrics', async (_request, reply) => {
    reply.type(metrics.contentType);
    return metrics.exposition();
  });
  metrics.addReadiness(() => readiness.isReady);
  app.addHook('onResponse', async (request, reply) => {
    metrics.http.responseSent(request.routeOptions.url ?? 'none', reply.statusCode);
  });
}
