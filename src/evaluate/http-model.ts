// A model on a server: its name, its context, and whether it reads texts as GPT-2 does.

import type { Tokenizer } from '../tokenizer/tokenizer.ts';

export interface HttpModel {
  readonly url: string;
  readonly name: string;
  /** Null where the server does not say. */
  readonly contextLength: number | null;
  /** Throws `UnusableServer` where nobody answers. */
  post(route: string, body: object): Promise<Response>;
}

/** `apiKey`: '' where none is to be shown. Throws `UnusableServer` where there is no such server. */
export async function findModel(url: string, apiKey: string): Promise<HttpModel> {
  const headers = {
    'content-type': 'application/json',
    ...(apiKey !== '' && { authorization: `Bearer ${apiKey}` }),
  };
  const ask = async (route: string, init: RequestInit) => {
    try {
      return await fetch(new URL(route, url), { headers, ...init });
    } catch (error) {
      const { cause, message } = error as Error;
      throw unusable(
        { url },
        `does not answer: ${(cause as Error | undefined)?.message || message}; is a server running there? ` +
          '"kvasir serve" starts one',
      );
    }
  };
  const reply = await ask('/v1/models', {});
  const text = await reply.text();
  if (!reply.ok) throw unusable({ url }, refusalIn(reply.status, text));
  const model = JSON.parse(text).data?.[0];
  if (typeof model?.id !== 'string') throw unusable({ url }, 'names no model at /v1/models');
  return {
    url,
    name: model.id,
    contextLength: typeof model.max_model_len === 'number' ? model.max_model_len : null,
    post: (route, body) => ask(route, { method: 'POST', body: JSON.stringify(body) }),
  };
}

const sample = "It's 1,024 bytes — naïve, isn't it?\n\n  Schloß 東京";

/**
 * Whether the server's ids are the tokenizer's, as far as it can be asked: only some servers tell how
 * they read a text.
 */
export async function readsAs(model: HttpModel, tokenizer: Tokenizer): Promise<boolean> {
  const reply = await model.post('/tokenize', { model: model.name, prompt: sample });
  const text = await reply.text();
  if (reply.status === 404 || reply.status === 405) return true;
  if (!reply.ok) return false;
  const { tokens } = JSON.parse(text);
  return Array.isArray(tokens) && tokens.join() === tokenizer.encode(sample).join();
}

/** There is no server at an address, or none that does what is needed. */
export class UnusableServer extends Error {
  override readonly name = 'UnusableServer';
}

export function unusable({ url }: Pick<HttpModel, 'url'>, reason: string): UnusableServer {
  return new UnusableServer(`--url ${url} ${reason}`);
}

/** What a server says that does not do as it was asked, and what may help. */
export function refusalIn(status: number, body: string): string {
  const message = errorIn(body)?.message ?? body.slice(0, 500);
  const advice =
    status === 401 || status === 403 ? '; set KVASIR_API_KEY to a key of that server' : '';
  return `answers ${status}: ${message}${advice}`;
}

/** In the shape of OpenAI; null where it is in another. */
function errorIn(body: string): { readonly message: string } | null {
  try {
    const { error } = JSON.parse(body);
    return typeof error?.message === 'string' ? error : null;
  } catch {
    return null;
  }
}
