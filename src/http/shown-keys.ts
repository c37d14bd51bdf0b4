// The keys that a request shows, wherever it carries them:
//
//   Authorization: Bearer KEY
//   X-Api-Key: KEY
//   Sec-WebSocket-Protocol: kvasir, kvasir.key.KEY
//
// The last is for pages, which can give a WebSocket nothing else: new WebSocket(url, ['kvasir',
// `kvasir.key.${encodeURIComponent(key)}`]). The socket then speaks plain `kvasir`, and the key is
// not repeated.

import type { IncomingHttpHeaders } from 'node:http';

export const socketProtocol = 'kvasir';
const keyProtocol = 'kvasir.key.';

export function shownKeys(headers: IncomingHttpHeaders): readonly string[] {
  const { authorization } = headers;
  const [, bearer] = /^bearer +(\S+) *$/i.exec(authorization ?? '') ?? [];
  const other = headers['x-api-key'];
  const protocols = headers['sec-websocket-protocol']?.split(',') ?? [];
  return [bearer, typeof other === 'string' ? other : undefined, ...protocols.map(keyOfProtocol)]
    .filter((key) => key !== undefined)
    .filter((key) => key !== '');
}

/** What a socket that offers these speaks; false: it was not asked to speak anything we know. */
export function chosenProtocol(offered: ReadonlySet<string>): string | false {
  return offered.has(socketProtocol) ? socketProtocol : false;
}

function keyOfProtocol(protocol: string): string | undefined {
  const name = protocol.trim();
  if (!name.startsWith(keyProtocol)) return undefined;
  try {
    return decodeURIComponent(name.slice(keyProtocol.length));
  } catch {
    return undefined;
  }
}
