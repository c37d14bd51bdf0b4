// A server that has sockets is handed every request that asks for any upgrade, and Node reads no more
// of those. Java's HTTP client and `curl --http2` ask for h2c with each first request; HTTP lets us
// answer as if they had not. Such a request is put back in front of its connection without the asking.
// So is one for a socket that is none of ours, unless somebody else listens who may take it.

import { EventEmitter } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

interface Mount {
  readonly prefix: string;
  readonly upgrades: EventEmitter;
}

const mountsOf = new WeakMap<Server, Mount[]>();

/** What to listen to for the upgrades that are meant for sockets below a path; '' for any. */
export function socketUpgrades(server: Server, prefix: string): EventEmitter {
  const upgrades = new EventEmitter();
  const mounts = mountsOf.get(server);
  if (mounts !== undefined) mounts.push({ prefix, upgrades });
  else listen(server, [{ prefix, upgrades }]);
  return upgrades;
}

function listen(server: Server, mounts: Mount[]): void {
  mountsOf.set(server, mounts);
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    const { url = '' } = request;
    const mount = mounts.find(({ prefix }) => prefix === '' || url.startsWith(`${prefix}/`));
    if (mount !== undefined && request.headers.upgrade?.toLowerCase() === 'websocket') {
      // Nobody listens any more once the server closes.
      if (!mount.upgrades.emit('upgrade', request, socket, head)) socket.destroy();
    } else if (mount !== undefined || server.listenerCount('upgrade') === 1) {
      socket.unshift(Buffer.concat([plainHead(request), head]));
      server.emit('connection', socket);
    }
  });
}

const asking = ['connection', 'upgrade', 'http2-settings'];

/** The request as it came, but for the headers that ask for an upgrade. */
function plainHead({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!;
    if (!asking.includes(name.toLowerCase())) lines.push(`${name}: ${rawHeaders[index + 1]}`);
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}
