// The server, put together: an engine and a tokenizer behind the routes. An app of its own, ready to
// listen or to be asked by tests without a socket, or routes below a path of somebody else's app.

import fastify, { type FastifyInstance } from 'fastify';
import type { ServeSettings } from './config.ts';
import { type Engine, sequenceCapacity } from './engine/engine.ts';
import { addAdminRoutes } from './http/admin-routes.ts';
import { addAuthentication } from './http/authentication.ts';
import { addChatRoute } from './http/chat/chat-route.ts';
import { readChatTemplate } from './http/chat/template.ts';
import { Completions } from './http/completion/completions.ts';
import { servedModel } from './http/completion/served-model.ts';
import { addCompletionsRoute } from './http/completions-route.ts';
import { addDocsRoutes } from './http/docs-route.ts';
import { addFailures, addRouteCheck } from './http/failures.ts';
import { addGatekeeper } from './http/gatekeeper.ts';
import { addJsonBody } from './http/json-body.ts';
import { Ledger } from './http/ledger.ts';
import { addModelsRoute } from './http/models-route.ts';
import { addPageRoutes } from './http/page/page-route.ts';
import { addProbes } from './http/probes.ts';
import { Readiness } from './http/readiness.ts';
import { Refusals } from './http/refusals.ts';
import { type LogStream, serverOptions } from './http/server-options.ts';
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
  | 'apiKeys'
  | 'adminKeys'
  | 'maxOpenRequests'
  | 'maxSocketRequests'
  | 'socketPingMs'
  | 'queueTimeoutMs'
  | 'requestTimeoutMs'
  | 'stallTimeoutMs'
  | 'drainTimeoutMs'
  | 'logLevel'
  | 'logPrompts'
>;

export interface RoutesOptions {
  readonly engine: Engine;
  readonly tokenizer: Tokenizer;
  readonly settings: AppSettings;
  readonly surroundings?: Surroundings;
}

export interface AppOptions extends RoutesOptions {
  readonly log?: LogStream;
}

export type App = FastifyInstance;

declare module 'fastify' {
  interface FastifyInstance {
    /** Takes no new work, and resolves when what is open has ended or the timeout has passed. */
    drain(): Promise<void>;
  }
}

export async function buildApp(options: AppOptions): Promise<FastifyInstance> {
  const { settings, surroundings = realSurroundings } = options;
  const app: FastifyInstance = fastify(serverOptions(settings, surroundings, options.log));
  await addRoutes(app, options, 0);
  await app.ready();
  return app;
}

/**
 * All that the server answers, below the path that `app` is registered under. `drainMs`: how long what
 * is open may take to end when the app is closed.
 */
export async function addRoutes(
  app: FastifyInstance,
  options: RoutesOptions,
  drainMs: number,
): Promise<void> {
  const { engine, tokenizer, settings, surroundings = realSurroundings } = options;
  const { chatTemplateFile } = settings;
  const template = chatTemplateFile === '' ? null : readChatTemplate(chatTemplateFile);
  const model = servedModel(engine.facts, settings.servedModelName, surroundings.epochSeconds());
  const metrics = new Metrics(engine, model.name, surroundings.nowMs);
  const refusals = new Refusals(metrics);
  const { logPrompts } = settings;
  const ledger = new Ledger({ metrics, refusals, surroundings, limits: settings, logPrompts });
  const completions = new Completions({
    engine,
    tokenizer,
    model,
    maxSequences: sequenceCapacity(engine.facts, settings),
    ledger,
    surroundings,
  });
  const { nowMs } = surroundings;
  const readiness = new Readiness(completions, engine, nowMs, settings.stallTimeoutMs);

  app.decorate('drain', () => completions.drain(settings.drainTimeoutMs));
  app.addHook('preClose', () => completions.drain(drainMs));
  app.addHook('onClose', async () => metrics.close());

  addFailures(app, refusals, settings.maxBodyBytes);
  addJsonBody(app);
  await addSocketRoute(app, completions, model.name, settings, surroundings, metrics);
  // After the sockets' own hook: it must have seen a request to end the connection it came on.
  addGatekeeper(app, settings);
  addAuthentication(app, settings);
  addRouteCheck(app);
  addCompletionsRoute(app, completions, model.name);
  addChatRoute(app, completions, model.name, template);
  addTokenizerRoutes(app, tokenizer, model);
  addModelsRoute(app, model);
  addProbes(app, readiness, metrics);
  addDocsRoutes(app, model.name, settings);
  addPageRoutes(app);
  if (settings.adminKeys.length > 0) addAdminRoutes(app, ledger, engine);
}
