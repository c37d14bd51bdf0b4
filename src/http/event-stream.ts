// A completion as server-sent events: each exactly `data: {json}` and an empty line, as OpenAI's
// clients read them, and `[DONE]` at the end, whatever the end was.

import type { FastifyReply } from 'fastify';
import { responseRoom } from './client-presence.ts';
import type { Completion } from './completion/completion.ts';
import { usageSoFar } from './completion/delivery.ts';
import type { Delivery } from './completion/request.ts';
import type { Dialect } from './dialect.ts';
import { wireError } from './wire-errors.ts';

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache',
  // Proxies would otherwise collect events before they pass them on.
  'x-accel-buffering': 'no',
};

/** Throws what the completion failed with, once the client was told. */
export async function writeEventStream(
  reply: FastifyReply,
  completion: Completion,
  delivery: Delivery,
  model: string,
  dialect: Dialect,
): Promise<void> {
  const response = reply.hijack().raw;
  response.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...headers });
  response.flushHeaders();
  try {
    for await (const event of completion.events()) {
      const usage = usageSoFar(completion, delivery);
      const chunks = dialect.chunks(completion, model, event, usage).map(data);
      if (!response.write(chunks.join(''))) await responseRoom(response, completion.cut);
    }
    if (delivery.usage !== 'never') response.write(data(dialect.counts(completion, model)));
  } catch (error) {
    response.write(data(wireError(error)));
    throw error;
  } finally {
    response.end('data: [DONE]\n\n');
  }
}

function data(content: object): string {
  return `data: ${JSON.stringify(content)}\n\n`;
}
