// The server, put together: an engine and a tokenizer behind the routes. Ready to listen, or to be
// asked by tests without a socket.

import fastify, { type FastifyInstance, LogController } from 'fastify';
import type { ServeSettings } from './config.ts';
import type { Engine } from './engine/engine.ts';
import { addChatRoute } from './http/chat/chat-route.ts';
import { readChatTemplate } from './http/chat/template.ts';
import { Completions } from './http/completion/completions.ts';
import type { ServedModel } from './http/completion/served-model.ts';
import { addCompletionsRoute } from './http/completions-route.ts';
import { addFailures, answerUnreadable, replyWithError, translate } from './http/failures.ts';
import { addGatekeeper } from './http/gatekeeper.ts';
import { addJsonBody } from './http/json-body.ts';
import { Ledger } from './http/ledger.ts';
import { addModelsRoute } from './http/models-route.ts';
import { addProbes } from './http/probes.ts';
import { requestName } from './http/request-name.ts';
import { addSocketRoute } from './http/socket/socket-route.ts';
import { realSurroundings, type Surroundings } from './http/surroundings.ts';
import { addTokenizerRoutes } from './http/tokenizer/tokenizer-routes.ts';
import { Metrics } from './metrics.ts';
import type { Tokenizer } from './tokenizer/tokenizer.ts';

export type AppSettings = Pick<
  ServeSettings,
  | 'host'
  | 'servedModelName'
  | 'chatTemplateFile'
  | 'maxRunning'
  | 'maxQueue'
  | 'allowedHosts'
  | 'allowedOrigins'
  | 'maxBodyBytes'
  | 'drainTimeoutMs'
  | 'logLevel'
>;

export interface AppOptions {
  readonly engine: Engine;
  readonly tokenizer: Tokenizer;
  readonly settings: AppSettings;
  readonly surroundings?: Surroundings;
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Takes no new work, and resolves when what is open has ended or the timeout has passed. */
    drain(): Promise<void>;
  }
}

export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { engine, tokenizer, settings, surroundings = realSurroundings } = options;
  const { maxBodyBytes, drainTimeoutMs, logLevel, chatTemplateFile } = settings;
  const template = chatTemplateFile === '' ? null : await readChatTemplate(chatTemplateFile);
  const app = fastify({
    logger: logLevel === 'silent' ? false : { level: logLevel },
    logController: new LogController({
      disableRequestLogging: logLevel !== 'debug' && logLevel !== 'trace',
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
  });
  const model = servedModel(engine, settings.servedModelName, surroundings.epochSeconds());
  const metrics = new Metrics(engine, model.name, surroundings.nowMs);
  const completions = new Completions({
    engine,
    tokenizer,
    model,
    maxSequences: Math.min(engine.facts.rowCount, settings.maxRunning) + settings.maxQueue,
    ledger: new Ledger(metrics, surroundings),
    surroundings,
  });

  app.decorate('drain', () => completions.drain(drainTimeoutMs));
  app.addHook('preClose', () => completions.drain(0));
  app.addHook('onClose', async () => metrics.close());

  addFailures(app, maxBodyBytes);
  addJsonBody(app);
  await addSocketRoute(app, completions, model.name, maxBodyBytes);
  // After the sockets' own hook: it must have seen a request to end the connection it came on.
  addGatekeeper(app, settings);
  addCompletionsRoute(app, completions, model.name);
  addChatRoute(app, completions, model.name, template);
  addTokenizerRoutes(app, tokenizer, model);
  addModelsRoute(app, model);
  addProbes(app, completions, metrics);
  await app.ready();
  return app;
}

function servedModel(engine: Engine, name: string, created: number): ServedModel {
  const { config, candidateCount } = engine.facts.manifest;
  const { contextLength, vocabularySize, bosTokenId, eosTokenId } = config;
  return { name, created, contextLength, vocabularySize, candidateCount, bosTokenId, eosTokenId };
}
