// POST /v1/chat/completions: refused with the way out, unless the server has a chat template.

import type { FastifyInstance } from 'fastify';
import { answer } from '../answer.ts';
import type { Completions } from '../completion/completions.ts';
import type { ChatTemplate } from './template.ts';
import { chatDialect } from './wire-chat.ts';

export function addChatRoute(
  app: FastifyInstance,
  completions: Completions,
  model: string,
  template: ChatTemplate | null,
): void {
  const dialect = chatDialect(template);
  app.post('/v1/chat/completions', (request, reply) =>
    answer(request, reply, completions, model, dialect),
  );
}
