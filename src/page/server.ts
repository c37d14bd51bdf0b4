// What the page asks the server, through the half of the project's own client that speaks HTTP.
// Everything that goes wrong is thrown as `Trouble`, but what the page itself aborted throws the
// signal's reason.

import { streamChunks } from '../../client/chunks.ts';
import type {
  Choice,
  Completion,
  CompletionChunk,
  CompletionRequest,
} from '../../client/completion-types.ts';
import { ask, type HttpOptions, send } from '../../client/http.ts';
import type { Detokenized, Model, ModelList } from '../../client/model-types.ts';
import { troubleOf } from './trouble.ts';

/** A scrape that takes longer is none. */
const scrapeTimeoutMs = 5000;
const completions = '/v1/completions';

export class Server {
  readonly #url: string;
  readonly #key: () => string | null;

  /** `base`: where the page is, and all routes below it. `key`: what to show, at this moment. */
  constructor(base: string, key: () => string | null) {
    this.#url = new URL('.', base).href.replace(/\/$/, '');
    this.#key = key;
  }

  /** The choices of a streamed completion, piece by piece. */
  async *stream(request: CompletionRequest, signal: AbortSignal): AsyncGenerator<Choice> {
    const body = { ...request, stream: true };
    try {
      const chunks = streamChunks<CompletionChunk>(this.#http, completions, body, { signal });
      for await (const { choices } of chunks) yield* choices;
    } catch (error) {
      throw troubleOf(error);
    }
  }

  async complete(request: CompletionRequest, signal: AbortSignal): Promise<readonly Choice[]> {
    const { choices } = await this.#ask<Completion>(completions, request, signal);
    return choices;
  }

  async namesOf(tokens: readonly number[]): Promise<readonly string[]> {
    const request = { tokens, return_token_strs: true };
    const { token_strs } = await this.#ask<Detokenized>('/detokenize', request);
    return token_strs!;
  }

  async model(): Promise<Model> {
    const { data } = await this.#ask<ModelList>('/v1/models', null);
    return data[0]!;
  }

  /** Null where the model has none. */
  async endOfText(): Promise<number | null> {
    return (await this.#ask<{ eos_token_id: number | null }>('/tokenizer_info', null)).eos_token_id;
  }

  async metrics(): Promise<string> {
    const signal = AbortSignal.timeout(scrapeTimeoutMs);
    try {
      const response = await send(this.#http, '/metrics', null, { signal });
      return await response.text();
    } catch (error) {
      throw troubleOf(error);
    }
  }

  get #http(): HttpOptions {
    const key = this.#key();
    return {
      url: this.#url,
      headers: key === null ? {} : { authorization: `Bearer ${key}` },
      fetch: (resource, request) =>
        fetch(resource, { ...request, cache: 'no-store', credentials: 'omit' }),
    };
  }

  async #ask<T>(route: string, body: object | null, signal?: AbortSignal): Promise<T> {
    try {
      return await ask<T>(this.#http, route, body, { signal });
    } catch (error) {
      throw troubleOf(error);
    }
  }
}
