// What a browser is told so that pages of other sites, where allowed, can read our answers. Never with
// credentials: a key comes in a header that the page sets itself, so cookies would only be a danger.

import type { FastifyReply, FastifyRequest } from 'fastify';

export function letRead(reply: FastifyReply, origin: string): void {
  reply.headers({
    'access-control-allow-origin': origin,
    'access-control-expose-headers': 'x-request-id, retry-after, www-authenticate',
  });
}

/** A browser asks leave before it sends JSON, or a key, to another site. */
export function isPreflight({ method, headers }: FastifyRequest): boolean {
  return method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
}

export function preflightHeaders({ headers }: FastifyRequest): Record<string, string> {
  const answer = {
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': 'authorization, content-type, x-api-key, x-request-id',
    'access-control-max-age': '600',
  };
  // Asked where a page of the internet means a server in the visitor's own network.
  if (headers['access-control-request-private-network'] !== 'true') return answer;
  return { ...answer, 'access-control-allow-private-network': 'true' };
}
