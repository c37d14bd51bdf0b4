// The client of a Kvasir server, for Node and browsers, without dependencies:
//
//   const client = createClient('http://localhost:8000');
//   for await (const chunk of client.stream({ prompt: 'Once upon a time' })) ...
//
// Requests and answers are those of the server's API, to the letter. Nothing is tried again by itself:
// an error says in `retryAfter` when it is worth it.

import type { Chat, ChatChunk, ChatRequest, StreamedChatRequest } from './chat-types.ts';
import { streamChunks } from './chunks.ts';
import type {
  Completion,
  CompletionChunk,
  CompletionRequest,
  StreamedCompletionRequest,
} from './completion-types.ts';
import { type Connection, connect } from './connection.ts';
import { ask, type CallOptions } from './http.ts';
import type {
  Detokenized,
  DetokenizeRequest,
  Model,
  ModelList,
  TokenizeRequest,
  Tokens,
} from './model-types.ts';
import type { SocketConstructor } from './socket.ts';

export type * from './chat-types.ts';
export type * from './completion-types.ts';
export type { Connection, Generation } from './connection.ts';
export {
  type ClientErrorCode,
  KvasirError,
  type KvasirErrorCode,
  type ServerErrorCode,
} from './errors.ts';
export { EventStreamParser, type ServerSentEvent } from './event-stream.ts';
export type { CallOptions } from './http.ts';
export type * from './model-types.ts';
export type * from './sampling-request.ts';
export type { Socket, SocketConstructor } from './socket.ts';

export interface ClientOptions {
  /** Where the server asks for keys. */
  readonly apiKey?: string | undefined;
  /** Sent with every request over HTTP. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** In place of the platform's own. */
  readonly fetch?: typeof fetch | undefined;
  /** In place of the platform's own, which Node has from version 22; before, that of `ws`. */
  readonly WebSocket?: SocketConstructor | undefined;
}

/** All of it throws `KvasirError`, or the reason of the signal that ended it. */
export interface Client {
  /** The whole answer at once. */
  complete(request: CompletionRequest, call?: CallOptions): Promise<Completion>;
  /**
   * The text as it is generated. The request is sent when the first chunk is asked for; leaving the
   * loop ends it at the server.
   */
  stream(
    request: StreamedCompletionRequest,
    call?: CallOptions,
  ): AsyncGenerator<CompletionChunk, void, undefined>;
  /** A chat's next message, where the server has a chat template. */
  chat(request: ChatRequest, call?: CallOptions): Promise<Chat>;
  /** The same as it is generated. */
  streamChat(
    request: StreamedChatRequest,
    call?: CallOptions,
  ): AsyncGenerator<ChatChunk, void, undefined>;
  /** What the server serves. */
  models(call?: CallOptions): Promise<readonly Model[]>;
  tokenize(request: TokenizeRequest, call?: CallOptions): Promise<Tokens>;
  detokenize(request: DetokenizeRequest, call?: CallOptions): Promise<Detokenized>;
  /** A WebSocket that carries many completions at once. */
  connect(call?: CallOptions): Promise<Connection>;
}

/**
 * `url`: the server's address, like `http://localhost:8000`; where it is behind a path, with that path.
 * Throws `TypeError` where it is no URL.
 */
export function createClient(url: string | URL, options: ClientOptions = {}): Client {
  const { apiKey, headers = {}, WebSocket } = options;
  const http = {
    url: rootOf(url),
    headers: { ...headers, ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }) },
    // Browsers want it called on the window it belongs to.
    fetch: options.fetch ?? ((...call) => globalThis.fetch(...call)),
  } as const;
  const completions = '/v1/completions';
  const chats = '/v1/chat/completions';
  return {
    complete: (request, call) => ask(http, completions, { ...request, stream: false }, call),
    stream: (request, call) => streamChunks(http, completions, { ...request, stream: true }, call),
    chat: (request, call) => ask(http, chats, { ...request, stream: false }, call),
    streamChat: (request, call) => streamChunks(http, chats, { ...request, stream: true }, call),
    models: async (call) => (await ask<ModelList>(http, '/v1/models', null, call)).data,
    tokenize: (request, call) => ask(http, '/tokenize', request, call),
    detokenize: (request, call) => ask(http, '/detokenize', request, call),
    connect: (call) => connect({ http, apiKey, WebSocket }, call),
  };
}

/** People have the address of OpenAI's API at hand, which ends with its version. */
function rootOf(url: string | URL): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname.replace(/\/+(v1\/*)?$/, '');
}
