// A server that has sockets is handed every request that asks for any upgrade, and Node reads no more
// of those. Java's HTTP client and `curl --http2` ask for h2c with each first request; HTTP lets us
// answer as if they had not. Such a request is put back in front of its connection without the asking.

import { EventEmitter } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/** What to listen to for the upgrades that are meant for sockets. */
export function socketUpgrades(server: Server): EventEmitter {
  const upgrades = new EventEmitter();
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    if (request.headers.upgrade?.toLowerCase() === 'websocket') {
      // Nobody listens any more once the server closes.
      if (!upgrades.emit('upgrade', request, socket, head)) socket.destroy();
    } else {
      socket.unshift(Buffer.concat([plainHead(request), head]));
      server.emit('connection', socket);
    }
  });
  return upgrades;
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
