// How fastify is set up: what it logs, what it takes in, and how it says no.

import { type FastifyServerOptions, LogController } from 'fastify';
import { answerUnreadable, replyWithError, translate } from './failures.ts';
import { requestName } from './request-name.ts';
import type { Surroundings } from './surroundings.ts';

export interface ServerSettings {
  readonly maxBodyBytes: number;
  readonly logLevel: 'silent' | 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace';
}

/** Where the log goes, line by line. */
export interface LogStream {
  write(line: string): void;
}

/** `log`: standard output where it is left out. */
export function serverOptions(
  { maxBodyBytes, logLevel }: ServerSettings,
  surroundings: Surroundings,
  log?: LogStream,
) {
  return {
    logger:
      logLevel === 'silent'
        ? false
        : { level: logLevel, ...(log === undefined ? {} : { stream: log }) },
    logController: new LogController({
      // Completions have a line of their own.
      disableRequestLogging: logLevel !== 'debug' && logLevel !== 'trace',
      requestIdLogLabel: 'requestId',
    }),
    bodyLimit: maxBodyBytes,
    // For a request to come in whole; answers may take as long as they take.
    requestTimeout: 300_000,
    genReqId: (request) => requestName(request) ?? surroundings.freshName(),
    clientErrorHandler: answerUnreadable,
    frameworkErrors: (error, request, reply) =>
      replyWithError(translate(error, maxBodyBytes), request, reply),
    return503OnClosing: false,
    // Whatever is open when the server closes had its time to end: see drain.
    forceCloseConnections: true,
  } satisfies FastifyServerOptions;
}
