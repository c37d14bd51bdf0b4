// POST /v1/completions.

import type { FastifyInstance } from 'fastify';
import { answer } from './answer.ts';
import type { Completions } from './completion/completions.ts';
import { completionDialect } from './wire.ts';

export const completionsPath = '/v1/completions';

export function addCompletionsRoute(
  app: FastifyInstance,
  completions: Completions,
  model: string,
): void {
  app.post(completionsPath, (request, reply) =>
    answer(request, reply, completions, model, completionDialect),
  );
}
