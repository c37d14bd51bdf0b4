// A completion as one JSON object, sent once all of its choices have ended.

import type { FastifyReply } from 'fastify';
import type { Completion } from './completion/completion.ts';
import { wholeChoices } from './completion/whole.ts';
import type { Dialect } from './dialect.ts';

export async function writeWhole(
  reply: FastifyReply,
  completion: Completion,
  model: string,
  dialect: Dialect,
): Promise<void> {
  const choices = await wholeChoices(completion);
  // Nobody is there to send to.
  if (completion.isAborted) reply.hijack();
  else reply.send(dialect.whole(completion, model, choices));
}
