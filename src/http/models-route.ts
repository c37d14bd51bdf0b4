// GET /v1/models: the one model there is. A name may contain slashes, written as they are or escaped.

import type { FastifyInstance } from 'fastify';
import { checkModelName, type ServedModel } from './completion/served-model.ts';

export function addModelsRoute(app: FastifyInstance, model: ServedModel): void {
  const described = {
    id: model.name,
    object: 'model',
    created: model.created,
    owned_by: 'kvasir',
    max_model_len: model.contextLength,
  };
  app.get('/v1/models', async () => ({ object: 'list', data: [described] }));
  app.get<{ Params: { '*': string } }>('/v1/models/*', async (request) => {
    checkModelName(request.params['*'], model.name);
    return described;
  });
}
