// POST /v1/completions: answered whole or as a stream. A client that leaves ends its work.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { responseOver } from './client-presence.ts';
import type { Completions } from './completion/completions.ts';
import { writeEventStream } from './event-stream.ts';
import { writeWhole } from './whole-answer.ts';
import { completionDialect } from './wire.ts';

export const completionsPath = '/v1/completions';

export function addCompletionsRoute(
  app: FastifyInstance,
  completions: Completions,
  model: string,
): void {
  app.post(completionsPath, (request, reply) => answer(request, reply, completions, model));
}

async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  completions: Completions,
  model: string,
): Promise<FastifyReply> {
  const over = responseOver(reply.raw);
  try {
    const caller = { completionId: `cmpl-${request.id}` };
    await completions.serve(caller, request.body, async (completion, delivery) => {
      void over.then((isWhole) => isWhole || completion.abort());
      try {
        if (delivery.stream)
          await writeEventStream(reply, completion, delivery, model, completionDialect);
        else await writeWhole(reply, completion, model, completionDialect);
      } finally {
        // What is still on its way to the client is open work, too.
        if (reply.sent) await over;
      }
    });
  } catch (error) {
    // Once a stream has begun, it has said itself what went wrong.
    if (!reply.sent) throw error;
    request.log.warn({ err: error }, 'a stream ended with an error');
  }
  return reply;
}
