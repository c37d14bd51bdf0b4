// Why a server cannot listen where it was told to, and what may help.

import { once } from 'node:events';
import { createServer } from 'node:net';
import { ServeError } from '../errors.ts';
import { CommandError, exitCodes } from './command-error.ts';

/**
 * That a server could listen there now, so that no model is loaded for one that could not. Throws what
 * `explainedListening` makes of a failure.
 */
export async function requireAddress(host: string, port: number): Promise<void> {
  const server = createServer();
  try {
    await once(server.listen({ host, port }), 'listening');
  } catch (error) {
    throw explainedListening(error, host, port);
  }
  server.close();
  await once(server, 'close');
}

/** What is no such failure comes back as it is. */
export function explainedListening(error: unknown, host: string, port: number): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new CommandError(
        exitCodes.failed,
        `--port ${port}: another program listens there already, on ${host}; choose another port, ` +
          'or 0 for any that is free',
      );
    case 'EACCES':
      return new CommandError(
        exitCodes.failed,
        `--port ${port}: this user may not listen there; choose a port from 1024 on`,
      );
    case 'EADDRNOTAVAIL':
      return wrongHost(
        `--host ${host} is no address of this machine; 0.0.0.0 stands for all of them`,
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return wrongHost(`--host ${host}: no address is known by that name`);
    default:
      return error;
  }
}

function wrongHost(message: string): ServeError {
  return new ServeError('invalid_setting', message, '--host');
}
