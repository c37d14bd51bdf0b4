// A completion as one JSON object, sent once all of its choices have ended.

import type { FastifyReply } from 'fastify';
import type { Completion } from './completion/completion.ts';
import { type WireChoice, wireChoice, wireCompletion } from './wire.ts';

export async function writeWhole(
  reply: FastifyReply,
  completion: Completion,
  model: string,
): Promise<void> {
  const texts = Array.from({ length: completion.choiceCount }, () => '');
  const choices: WireChoice[] = [];
  for await (const { choiceIndex, text, finish } of completion.events()) {
    texts[choiceIndex] += text;
    if (finish === null) continue;
    choices[choiceIndex] = wireChoice({ choiceIndex, text: texts[choiceIndex]!, finish });
  }
  // Nobody is there to send to.
  if (completion.isAborted) reply.hijack();
  else reply.send(wireCompletion(completion, model, choices, completion.usage));
}
