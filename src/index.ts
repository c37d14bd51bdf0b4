// Kvasir as a library: a model in this process, and a server of it, alone or as part of a fastify app.
// The client of a server is `kvasir/client`.

export type * from '../client/completion-types.ts';
export type { CallOptions } from '../client/http.ts';
export type { SamplingRequest, StreamOptions } from '../client/sampling-request.ts';
export { ArtifactError, CheckpointError } from '../models/errors.ts';
export { type ErrorCode, ServeError } from './errors.ts';
export { HubError } from './hub/errors.ts';
export { loadModel, type Model, type ModelFacts, type Score } from './library/model.ts';
export type { ListeningOptions, ModelOptions, ServingOptions } from './library/options.ts';
export {
  createServer,
  type KvasirServer,
  kvasir,
  type PluginOptions,
  type ServerOptions,
} from './library/server.ts';
