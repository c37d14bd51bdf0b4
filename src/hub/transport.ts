// Sends one request and gives its reply as it is: no redirect is followed, nothing is unpacked and
// nothing is tried again. The only file that knows undici. How long to wait is the caller's business.

import { Agent, type Dispatcher, ProxyAgent, request } from 'undici';
import { Interruption } from './errors.ts';
import { type Proxies, proxyFor } from './proxies.ts';

export interface Reply {
  readonly url: URL;
  readonly status: number;
  /** Null where it is missing. */
  header(name: string): string | null;
  /** Ends with an `Interruption` where the connection does. */
  readonly body: AsyncIterable<Uint8Array>;
  /** For a reply whose body nobody wants. */
  discard(): void;
}

export type Headers = Readonly<Record<string, string>>;

export class Transport {
  readonly #proxies: Proxies;
  readonly #dispatchers = new Map<string | null, Dispatcher>();

  constructor(proxies: Proxies) {
    this.#proxies = proxies;
  }

  /**
   * Throws `Interruption`; where `signal` ended it, the signal's reason. `HubError` where the proxy's
   * address is none: that does not pass by itself.
   */
  async get(url: URL, headers: Headers, signal: AbortSignal): Promise<Reply> {
    const dispatcher = this.#dispatcherFor(url);
    try {
      const reply = await request(url, { headers, signal, dispatcher });
      reply.body.on('error', () => {}); // told to whoever reads, and to nobody where nobody does
      return {
        url,
        status: reply.statusCode,
        header: (name) => [reply.headers[name] ?? null].flat()[0]!,
        body: untilCut(reply.body, signal),
        discard: () => void reply.body.dump({ limit: 65536 }).catch(() => {}),
      };
    } catch (error) {
      throw interruption(error, signal);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#dispatchers.values()].map((dispatcher) => dispatcher.destroy()));
  }

  #dispatcherFor(url: URL): Dispatcher {
    const proxy = proxyFor(url, this.#proxies);
    const known = this.#dispatchers.get(proxy);
    if (known !== undefined) return known;
    // The caller's clock decides how long to wait.
    const patient = { headersTimeout: 0, bodyTimeout: 0, connect: { timeout: 0 } };
    const dispatcher =
      proxy === null ? new Agent(patient) : new ProxyAgent({ ...patient, uri: proxy });
    this.#dispatchers.set(proxy, dispatcher);
    return dispatcher;
  }
}

async function* untilCut(body: AsyncIterable<Uint8Array>, signal: AbortSignal) {
  try {
    yield* body;
  } catch (error) {
    throw interruption(error, signal);
  }
}

function interruption(error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  const { code = '', message } = innermost(error);
  return new Interruption(message || code, { isUnreachable: unreachable.test(code) });
}

// Who it was and what is wrong with it: nobody there, no such name, or a certificate nobody trusts.
const unreachable =
  /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|ENETUNREACH|ERR_INVALID_URL|ERR_TLS.*|.*CERT.*|UNABLE_TO.*)$/;

/** Of several addresses tried, the first; of an error wrapped in another, the inner one. */
function innermost(error: unknown): { readonly code?: string; readonly message: string } {
  const { errors, cause } = error as { errors?: unknown[]; cause?: unknown };
  if (Array.isArray(errors) && errors.length > 0) return innermost(errors[0]);
  return cause instanceof Error ? innermost(cause) : (error as Error);
}
