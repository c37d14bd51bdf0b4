// A completion as one JSON object, sent once all of its choices have ended. The log-probabilities of
// a long prompt take milliseconds to put, and those of many prompts would hold up everybody else: so
// each choice is put into words by itself, and other work goes on in between.

import { setImmediate as otherWork } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';
import type { Completion, CompletionEvent } from './completion/completion.ts';
import { wholeChoices } from './completion/whole.ts';
import type { Dialect } from './dialect.ts';

/** A millisecond or two. */
const uninterruptedTokens = 256;

export async function writeWhole(
  reply: FastifyReply,
  completion: Completion,
  model: string,
  dialect: Dialect,
): Promise<void> {
  const choices: string[] = [];
  let tokenCount = 0;
  for (const choice of await wholeChoices(completion)) {
    choices.push(JSON.stringify(dialect.choice(completion, choice)));
    tokenCount += shownCount(choice);
    if (tokenCount <= uninterruptedTokens) continue;
    tokenCount = 0;
    await otherWork();
  }
  // Nobody is there to send to.
  if (completion.isAborted) reply.hijack();
  else {
    const frame = JSON.stringify(dialect.whole(completion, model, []));
    reply.type('application/json; charset=utf-8').send(filled(frame, choices));
  }
}

function shownCount({ tokens, prompt }: CompletionEvent): number {
  return tokens.length + (prompt?.ids.length ?? 0);
}

/** Within a string of JSON there are no bare quotes, so this is found where it is a key. */
const noChoices = '"choices":[]';

function filled(frame: string, choices: readonly string[]): string {
  const at = frame.indexOf(noChoices) + noChoices.length - 1;
  return `${frame.slice(0, at)}${choices.join(',')}${frame.slice(at)}`;
}
