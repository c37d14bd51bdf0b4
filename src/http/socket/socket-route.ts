// The WebSocket at /v1/completions; GET without an upgrade is told how to come in.

import websocket from '@fastify/websocket';
import type { FastifyInstance } from 'fastify';
import type { WebSocket } from 'ws';
import type { Metrics } from '../../metrics.ts';
import type { Completions } from '../completion/completions.ts';
import { completionsPath } from '../completions-route.ts';
import { noSuchRoute, replyWithError } from '../failures.ts';
import { chosenProtocol } from '../shown-keys.ts';
import type { Surroundings } from '../surroundings.ts';
import { closeSocket } from './close-codes.ts';
import { keepAlive } from './keep-alive.ts';
import { SocketSession } from './socket-session.ts';
import { socketUpgrades } from './upgrades.ts';

export interface SocketSettings {
  readonly maxBodyBytes: number;
  readonly maxSocketRequests: number;
  readonly socketPingMs: number;
}

export async function addSocketRoute(
  app: FastifyInstance,
  completions: Completions,
  model: string,
  settings: SocketSettings,
  surroundings: Surroundings,
  metrics: Metrics,
): Promise<void> {
  const open = new Set<WebSocket>();
  // Before the plugin's own hook, which closes sockets without a word.
  app.addHook('preClose', async () => {
    for (const socket of open) closeSocket(socket, 'stopping');
  });
  // An app that we are part of may have sockets of its own already, and then ours are as it set them up.
  if (!app.hasDecorator('websocketServer')) await addSockets(app, settings.maxBodyBytes);
  app.route({
    method: 'GET',
    url: completionsPath,
    handler: (request, reply) => {
      reply.header('allow', 'POST');
      replyWithError(noSuchRoute('GET', completionsPath, ['POST', 'a WebSocket']), request, reply);
    },
    wsHandler: (socket, request) => {
      open.add(socket);
      metrics.http.socketOpened();
      socket.on('close', () => {
        open.delete(socket);
        metrics.http.socketClosed();
      });
      keepAlive(socket, settings.socketPingMs, surroundings.after);
      new SocketSession(socket, {
        completions,
        model,
        requestId: request.id,
        log: request.log,
        refusals: app.refusals,
        maxRequests: settings.maxSocketRequests,
      });
    },
  });
}

async function addSockets(app: FastifyInstance, maxPayload: number): Promise<void> {
  const options = {
    server: socketUpgrades(app.server, app.prefix) as typeof app.server,
    maxPayload,
    handleProtocols: chosenProtocol,
    /** How long a client may take to answer a closing handshake. */
    closeTimeout: 1000,
  };
  await app.register(websocket, {
    options,
    // ws itself tells the client what it did wrong, and closes the socket.
    errorHandler: (error, socket, request) => {
      request.log.debug({ err: error }, 'a socket failed');
      socket.close();
    },
  });
}
