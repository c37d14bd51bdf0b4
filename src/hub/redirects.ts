// Follows redirects, a few of them: back to where it was, or from https to http, is refused.

import { HubError } from './errors.ts';
import type { Reply } from './transport.ts';

const redirects = [301, 302, 303, 307, 308];
const mostHops = 5;

/** `get` is asked for each address in turn; every reply but the last is handed to `onHop`. */
export async function follow(
  start: URL,
  get: (url: URL) => Promise<Reply>,
  onHop: (reply: Reply) => void = () => {},
): Promise<Reply> {
  const seen = new Set<string>();
  for (let url = start; ; ) {
    seen.add(url.href);
    const reply = await get(url);
    if (!redirects.includes(reply.status)) return reply;
    onHop(reply);
    reply.discard();
    url = target(reply, url);
    if (seen.has(url.href)) throw refused(start, 'redirects in a circle');
    if (seen.size > mostHops) throw refused(start, `redirects more than ${mostHops} times`);
  }
}

function target(reply: Reply, from: URL): URL {
  const location = reply.header('location');
  if (location === null || !URL.canParse(location, from.href)) {
    throw refused(from, 'redirects to nowhere');
  }
  const url = new URL(location, from);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw refused(from, `redirects to an address of ${url.protocol}`);
  }
  if (from.protocol === 'https:' && url.protocol === 'http:') {
    throw refused(from, `redirects from https to http, to ${url.host}`);
  }
  return url;
}

function refused(url: URL, what: string): HubError {
  // Without the query, which may be a signature.
  return new HubError('misbehaved', `${url.origin}${url.pathname} ${what}`);
}
