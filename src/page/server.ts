// What the page asks the server. Everything that goes wrong is thrown as `Trouble`, except that a
// request which the page itself aborted throws the browser's `AbortError`.

import { eventsOf } from './event-stream.ts';
import { asSentence, brokenOff, errorIn, refusal, Trouble, unreachable } from './trouble.ts';
import type { WireChoice, WireChunk, WireModel, WireTokenizer } from './wire.ts';

export class Server {
  readonly #base: string;
  readonly #key: () => string | null;

  /** `base`: of all routes. `key`: what to show, at this moment. */
  constructor(base: string, key: () => string | null) {
    this.#base = base;
    this.#key = key;
  }

  /** The choices of a streamed completion, piece by piece. */
  async *stream(body: object, signal: AbortSignal): AsyncGenerator<WireChoice> {
    const response = await this.#post('v1/completions', { ...body, stream: true }, signal);
    try {
      for await (const data of eventsOf(response.body!)) {
        if (data === '[DONE]') return;
        const error = errorIn(data);
        if (error !== null) throw new Trouble('refused', asSentence(error.message), error.param);
        yield* (JSON.parse(data) as WireChunk).choices;
      }
    } catch (error) {
      throw error instanceof TypeError ? new Trouble('lost', brokenOff) : error;
    }
    throw new Trouble('lost', brokenOff);
  }

  async complete(body: object, signal: AbortSignal): Promise<readonly WireChoice[]> {
    const response = await this.#post('v1/completions', body, signal);
    return ((await response.json()) as WireChunk).choices;
  }

  async namesOf(tokens: readonly number[]): Promise<readonly string[]> {
    const response = await this.#post('detokenize', { tokens, return_token_strs: true });
    return ((await response.json()) as { token_strs: string[] }).token_strs;
  }

  async model(): Promise<WireModel> {
    const response = await this.#send('v1/models');
    return ((await response.json()) as { data: [WireModel] }).data[0];
  }

  async tokenizer(): Promise<WireTokenizer> {
    const response = await this.#send('tokenizer_info');
    return (await response.json()) as WireTokenizer;
  }

  async metrics(): Promise<string> {
    const response = await this.#send('metrics', { signal: AbortSignal.timeout(5000) });
    return response.text();
  }

  #post(route: string, body: object, signal?: AbortSignal): Promise<Response> {
    return this.#send(route, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      ...(signal && { signal }),
    });
  }

  async #send(route: string, request: RequestInit = {}): Promise<Response> {
    const key = this.#key();
    const headers = {
      ...(request.headers as Record<string, string>),
      ...(key !== null && { authorization: `Bearer ${key}` }),
    };
    const options = { ...request, headers, cache: 'no-store', credentials: 'omit' } as const;
    const response = await fetch(new URL(route, this.#base), options).catch((error: Error) => {
      throw error.name === 'AbortError' ? error : new Trouble('lost', unreachable);
    });
    if (response.ok) return response;
    throw refusal(response.status, await response.text(), response.headers.get('retry-after'));
  }
}
