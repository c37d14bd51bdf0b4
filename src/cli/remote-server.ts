// A text source on a running server, through the client that comes with Kvasir.

import {
  type Client,
  type Completion,
  type CompletionChunk,
  createClient,
  KvasirError,
} from '../../client/client.ts';
import { CommandError, exitCodes } from './command-error.ts';
import { explained, firstModel } from './explain-server.ts';
import { inFlagWords, usualMaxTokens } from './generate-fields.ts';
import type { RequestBody, TextSource } from './text-source.ts';

/** `model`: '' for the first that the server names. Throws `UnusableServer` where there is none. */
export async function reachServer(url: string, apiKey: string, model: string): Promise<TextSource> {
  const client = createClient(url, apiKey === '' ? {} : { apiKey });
  try {
    return new RemoteServer(url, client, model || (await firstModel(client, url)));
  } catch (error) {
    throw inOurWords(error, url);
  }
}

class RemoteServer implements TextSource {
  readonly #url: string;
  readonly #client: Client;
  readonly #model: string;

  constructor(url: string, client: Client, model: string) {
    this.#url = url;
    this.#client = client;
    this.#model = model;
  }

  async whole(body: RequestBody): Promise<Completion> {
    try {
      return await this.#client.complete(this.#request(body));
    } catch (error) {
      throw inOurWords(error, this.#url);
    }
  }

  async *chunks(body: RequestBody): AsyncGenerator<CompletionChunk> {
    const request = { ...this.#request(body), stream_options: { include_usage: true } };
    try {
      yield* this.#client.stream(request);
    } catch (error) {
      throw inOurWords(error, this.#url);
    }
  }

  async close(): Promise<void> {}

  #request(body: RequestBody): RequestBody {
    return { max_tokens: usualMaxTokens, ...body, model: this.#model };
  }
}

/** A field at fault is a flag here. */
function inOurWords(error: unknown, url: string): unknown {
  if (!(error instanceof KvasirError)) return error;
  const { message, param, status } = error;
  if (param !== null && status !== null && status < 500) {
    const words = inFlagWords(message, param);
    return new CommandError(exitCodes.misused, param === 'model' ? `--model: ${words}` : words);
  }
  return explained(error, url);
}
