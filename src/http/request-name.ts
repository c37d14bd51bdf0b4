// What a request is called in logs, in its answer's X-Request-Id, and in its completion's id: what the
// client calls it, where that is fit for a header.

import type { IncomingMessage } from 'node:http';

export function requestName({ headers }: Pick<IncomingMessage, 'headers'>): string | null {
  const given = headers['x-request-id'];
  return typeof given === 'string' && /^[\x21-\x7e]{1,128}$/.test(given) ? given : null;
}
