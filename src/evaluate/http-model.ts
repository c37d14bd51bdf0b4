// A model on a server: its name, its context, and whether it reads texts as GPT-2 does.

import { ServeError } from '../errors.ts';
import type { Tokenizer } from '../tokenizer/tokenizer.ts';

export interface HttpModel {
  readonly url: string;
  readonly name: string;
  /** Null where the server does not say. */
  readonly contextLength: number | null;
  /** Throws `ServeError` where nobody answers. */
  post(route: string, body: object): Promise<Response>;
}

/** `apiKey`: '' where none is to be shown. Throws `ServeError` (invalid_setting) where there is no such server. */
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
        `does not answer: ${(cause as Error | undefined)?.message ?? message}`,
      );
    }
  };
  const reply = await ask('/v1/models', {});
  const text = await reply.text();
  if (!reply.ok) throw unusable({ url }, `answers ${reply.status}: ${text.slice(0, 500)}`);
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

export function unusable({ url }: Pick<HttpModel, 'url'>, reason: string): ServeError {
  return new ServeError('invalid_setting', `--url ${url} ${reason}`, '--url');
}
