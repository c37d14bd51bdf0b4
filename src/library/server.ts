// A server in this process: an app of its own that listens, or routes below a path of a fastify app that
// is there already. Both answer as `kvasir serve` does, with its settings.

import type { FastifyInstance } from 'fastify';
import { addRoutes, buildApp } from '../app.ts';
import { requestName } from '../http/request-name.ts';
import { realSurroundings } from '../http/surroundings.ts';
import type { Model } from './model.ts';
import type { ListeningOptions, ModelOptions, ServingOptions } from './options.ts';
import { prepare } from './prepare.ts';

/**
 * `model`: what `loadModel` takes by name, and the options that go with it; then it is closed with the
 * server. Or a model that was loaded, which is not: it may have other uses.
 */
export interface ServerOptions extends ServingOptions, ListeningOptions, ModelOptions {
  readonly model?: string | Model | undefined;
}

/** The same of a server that is part of another app: the app listens and logs. */
export type PluginOptions = Omit<ServerOptions, keyof ListeningOptions>;

export interface KvasirServer {
  /** The fastify app, to add to, or to ask without a socket: `app.inject('/health')`. */
  readonly app: FastifyInstance;
  readonly model: Model;
  /** Listens on the options' `host` and `port`, and resolves with the address. */
  listen(): Promise<string>;
  /** Takes no new work, gives what is open `drainTimeout` to end, and ends. Nothing is left running. */
  close(): Promise<void>;
}

/**
 * Loads the model and is ready to listen. Throws what `loadModel` does, and `ServeError`
 * (invalid_setting) for an option that cannot be.
 */
export async function createServer(options: ServerOptions = {}): Promise<KvasirServer> {
  const { model, settings, owned } = await prepare(options);
  const { engine, tokenizer } = model;
  try {
    const app = await buildApp({ engine, tokenizer, settings });
    const { host, port } = settings;
    return {
      app,
      model,
      listen: () => app.listen({ host, port }),
      close: async () => {
        await app.drain();
        await app.close();
        if (owned) await model.close();
      },
    };
  } catch (error) {
    if (owned) await model.close();
    throw error;
  }
}

/**
 * A fastify plugin: `await app.register(kvasir, { prefix: '/llm', model: 'gpt2' })`. Everything that a
 * server answers is then there below the prefix, and nothing else of the app is changed. It closes with
 * the app, after what was open had `drainTimeout` to end.
 */
export async function kvasir(
  app: FastifyInstance,
  { prefix: _, logLevel: __, logSerializers: ___, ...options }: MountOptions,
): Promise<void> {
  const { model, settings, owned } = await prepare(options);
  const { engine, tokenizer } = model;
  if (owned) app.addHook('onClose', () => model.close());
  // The app names requests in its own way, and not uniquely.
  app.addHook('onRequest', async (request) => {
    request.id = requestName(request) ?? realSurroundings.freshName();
  });
  app.addHook('onRoute', (route) => {
    route.bodyLimit ??= settings.maxBodyBytes;
  });
  try {
    await addRoutes(app, { engine, tokenizer, settings }, settings.drainTimeoutMs);
  } catch (error) {
    if (owned) await model.close();
    throw error;
  }
}

/** What fastify itself takes of whoever registers a plugin. */
interface MountOptions extends PluginOptions {
  readonly prefix?: string;
  readonly logLevel?: string;
  readonly logSerializers?: object;
}
