// What a server's refusal, or its absence, means to whoever named it: it will not, or cannot, and something
// may help.

import type { Client, KvasirError } from '../../client/client.ts';
import { UnusableServer } from '../evaluate/http-model.ts';

export function explained({ code, message, status }: KvasirError, url: string): UnusableServer {
  if (code === 'connection_failed') {
    const advice = 'is a server running there? "kvasir serve" starts one';
    return new UnusableServer(`--url: ${message}; ${advice}`);
  }
  const isKeyless = status === 401 || status === 403;
  const advice = isKeyless ? '; set KVASIR_API_KEY to a key of that server' : '';
  return new UnusableServer(`--url ${url}: ${message}${advice}`);
}

/** What the server calls its first model. Throws `UnusableServer` where it names none, `KvasirError`. */
export async function firstModel(client: Client, url: string): Promise<string> {
  const [model] = await client.models();
  if (model !== undefined) return model.id;
  throw new UnusableServer(`--url ${url} names no model: say which with --model`);
}
