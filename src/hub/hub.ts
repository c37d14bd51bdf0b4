// One model at a hub that speaks Hugging Face's routes. The token goes to the hub's own origin and to
// nobody that it redirects to.

import type { Clock } from './clock.ts';
import { HubError, Interruption } from './errors.ts';
import { type ModelName, repoOf } from './model-name.ts';
import { type Persistence, persist } from './persist.ts';
import { follow } from './redirects.ts';
import { refusal } from './refusals.ts';
import type { Headers, Reply, Transport } from './transport.ts';
import { type Patience, Watch } from './watch.ts';

export interface HubOptions {
  readonly endpoint: URL;
  /** '' for none. */
  readonly token: string;
  readonly name: ModelName;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly persistence: Persistence;
  readonly patience: Patience;
  readonly onPause: (reason: string, milliseconds: number) => void;
}

export const usualPersistence: Persistence = {
  retries: 5,
  firstPauseMs: 1000,
  longestPauseMs: 30_000,
  longestRetryAfterMs: 300_000,
};

/** Less than half a kilobyte a second is no connection. */
export const usualPatience: Patience = { stallMs: 30_000, leastBytes: 16_384 };

export interface Page {
  readonly json: unknown;
  /** Of the page after it; null where this is the last. */
  readonly next: URL | null;
}

const mostPageBytes = 16 * 1024 ** 2;
const userAgent = 'kvasir';

export class Hub {
  readonly name: ModelName;
  readonly endpoint: URL;
  readonly #options: HubOptions;
  #wasReached = false;

  constructor(options: HubOptions) {
    this.#options = options;
    this.name = options.name;
    this.endpoint = options.endpoint;
  }

  /** `path`: below the endpoint, each part of it encoded. */
  address(path: string): URL {
    return new URL(`${this.endpoint.href.replace(/\/+$/, '')}/${path}`);
  }

  fileAddress(commit: string, file: string): URL {
    return this.address(`${repoOf(this.name)}/resolve/${commit}/${encodeURIComponent(file)}`);
  }

  async page(url: URL): Promise<Page> {
    return await this.persist({
      gotOn: () => false,
      attempt: async () => {
        const watch = this.watch();
        try {
          const reply = await this.open(url, {}, watch, [200]);
          const text = await readText(reply, watch);
          return { json: parse(text, url), next: nextLink(reply) };
        } finally {
          watch.end();
        }
      },
    });
  }

  watch(): Watch {
    return new Watch(this.#options.clock, this.#options.patience);
  }

  async persist<T>(attempts: { attempt: () => Promise<T>; gotOn: () => boolean }): Promise<T> {
    const { clock, persistence, onPause } = this.#options;
    return await persist(clock, persistence, { ...attempts, onPause });
  }

  /**
   * One attempt, redirects followed. Throws `Interruption` where another may fare better, `HubError`
   * where none will. `onHop` sees the replies that redirect.
   */
  async open(
    url: URL,
    headers: Headers,
    watch: Watch,
    hopedFor: readonly number[],
    onHop?: (reply: Reply) => void,
  ): Promise<Reply> {
    const { clock, token, endpoint, name } = this.#options;
    const get = (address: URL) => this.#get(address, headers, watch);
    const reply = await follow(url, get, onHop);
    watch.answered();
    if (hopedFor.includes(reply.status)) return reply;
    reply.discard();
    throw refusal(reply, { endpoint, name, hasToken: token !== '' }, clock.now());
  }

  async #get(url: URL, headers: Headers, watch: Watch): Promise<Reply> {
    const { transport, token, endpoint } = this.#options;
    const isOurs = url.origin === endpoint.origin;
    const all = {
      ...headers,
      'user-agent': userAgent,
      'accept-encoding': 'identity',
      ...(isOurs && token !== '' && { authorization: `Bearer ${token}` }),
    };
    try {
      const reply = await transport.get(url, all, watch.signal);
      this.#wasReached = true;
      return reply;
    } catch (error) {
      // What was there a moment ago may come back; what never was, will not.
      if (!(error instanceof Interruption) || !error.isUnreachable || this.#wasReached) throw error;
      throw new HubError('unreachable', `${endpoint.origin} cannot be reached: ${error.message}`);
    }
  }
}

async function readText(reply: Reply, watch: Watch): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of reply.body) {
    watch.saw(piece.byteLength);
    bytes += piece.byteLength;
    if (bytes > mostPageBytes) {
      reply.discard();
      throw new HubError(
        'misbehaved',
        `${reply.url.pathname} is longer than ${mostPageBytes} bytes`,
      );
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function parse(text: string, url: URL): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new HubError(
      'misbehaved',
      `${url.origin}${url.pathname} is no JSON: ${url.origin} seems not to be a hub (HF_ENDPOINT)`,
    );
  }
}

/** As in `Link: <https://...?cursor=...>; rel="next"`. */
function nextLink(reply: Reply): URL | null {
  const [, address] = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(reply.header('link') ?? '') ?? [];
  if (address === undefined || !URL.canParse(address, reply.url.href)) return null;
  const next = new URL(address, reply.url);
  if (next.protocol === 'https:' || next.protocol === reply.url.protocol) return next;
  throw new HubError(
    'misbehaved',
    `${reply.url.pathname} goes on at an address of ${next.protocol}`,
  );
}
