// A completion as one JSON object, sent once all of its choices have ended.

import { setImmediate as otherWork } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';
import type { Completion } from './completion/completion.ts';
import { wholeChoices } from './completion/whole.ts';
import type { Dialect } from './dialect.ts';

const uninterruptedTokens = 256;

export async function writeWhole(
  reply: FastifyReply,
  completion: Completion,
  model: string,
  dialect: Dialect,
): Promise<void> {
  const choices: object[] = [];
  for (const choice of await wholeChoices(completion)) {
    choices.push(dialect.choice(completion, choice));
    // The log-probabilities of a long prompt take some milliseconds to put.
    const tokenCount = choice.tokens.length + (choice.prompt?.ids.length ?? 0);
    if (tokenCount > uninterruptedTokens) await otherWork();
  }
  // Nobody is there to send to.
  if (completion.isAborted) reply.hijack();
  else reply.send(dialect.whole(completion, model, choices));
}
