// A request that is answered by a completion, whole or as a stream, in the dialect of its route. A
// client that leaves ends its work.

import type { FastifyReply, FastifyRequest } from 'fastify';
import { ServeError } from '../errors.ts';
import { httpCaller } from './caller.ts';
import { responseOver } from './client-presence.ts';
import type { Completions } from './completion/completions.ts';
import type { Dialect } from './dialect.ts';
import { writeEventStream } from './event-stream.ts';
import { writeWhole } from './whole-answer.ts';

export async function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  completions: Completions,
  model: string,
  dialect: Dialect,
): Promise<FastifyReply> {
  const over = responseOver(reply.raw);
  const caller = httpCaller(dialect.idPrefix, request, reply);
  try {
    await completions.serve(
      caller,
      request.body,
      async (completion, delivery) => {
        void over.then((isWhole) => isWhole || completion.abort());
        try {
          if (delivery.stream) await writeEventStream(reply, completion, delivery, model, dialect);
          else await writeWhole(reply, completion, model, dialect);
        } finally {
          // What is still on its way to the client is open work, too.
          if (reply.sent) await over;
        }
      },
      dialect.admit,
    );
  } catch (error) {
    // Once a stream has begun, it has said itself what went wrong, and so has its line in the log.
    if (!reply.sent) throw error;
    if (!(error instanceof ServeError)) request.log.error({ err: error }, 'a stream failed');
  }
  return reply;
}
