// A hub on this machine that speaks Hugging Face's routes over real sockets: revisions, trees in pages,
// small files from the hub itself, large ones by a redirect to another origin that knows no tokens. How
// it misbehaves is told file by file, one reply after the other.

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HubRepo {
  commit: string;
  /** Besides main, which is the commit above. */
  revisions?: Record<string, string>;
  files: Record<string, Buffer>;
  /** Those that are in git itself; the others are large. */
  small: readonly string[];
}

/** What differs from an honest reply. */
export interface Misbehaviour {
  status?: number;
  headers?: Record<string, string>;
  /** Sent instead of the file. */
  content?: Buffer;
  ignoreRange?: boolean;
  /** The connection ends after so many bytes of this reply. */
  cutAfter?: number;
  /** Nothing more comes after so many bytes of this reply. */
  stallAfter?: number;
  etag?: string;
  /** The body ends where it ends. */
  withoutLength?: boolean;
  /** Redirects there instead. */
  redirect?: string;
}

export interface SeenRequest {
  readonly server: 'hub' | 'cdn';
  readonly path: string;
  readonly headers: http.IncomingHttpHeaders;
}

export const sha256 = (content: Buffer) => createHash('sha256').update(content).digest('hex');
const gitOid = (content: Buffer) =>
  createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');

export class HubServer {
  readonly requests: SeenRequest[] = [];
  readonly repos: Record<string, HubRepo>;
  /** Files of a page of a tree. */
  pageSize = 1000;
  /** Who has none is told 401. */
  token: string | null = null;
  /** By the name of a file, or `revision` and `tree`: the next replies, then honest ones. */
  readonly next = new Map<string, Misbehaviour[]>();
  /** What is said of a file in the tree, where that is not the truth. */
  readonly lies = new Map<string, object>();
  readonly #hub = http.createServer((request, response) => this.#onHub(request, response));
  readonly #cdn = http.createServer((request, response) => this.#onCdn(request, response));
  #onStall: () => void = () => {};

  private constructor(repos: Record<string, HubRepo>) {
    this.repos = repos;
  }

  static async start(repos: Record<string, HubRepo>): Promise<HubServer> {
    const server = new HubServer(repos);
    for (const each of [server.#hub, server.#cdn]) {
      each.listen(0, '127.0.0.1');
      await once(each, 'listening');
    }
    return server;
  }

  get origin(): string {
    return originOf(this.#hub);
  }

  get cdnOrigin(): string {
    return originOf(this.#cdn);
  }

  async stop(): Promise<void> {
    for (const each of [this.#hub, this.#cdn]) {
      each.closeAllConnections();
      each.close();
      await once(each, 'close');
    }
  }

  misbehave(what: string, ...replies: Misbehaviour[]): void {
    this.next.set(what, [...(this.next.get(what) ?? []), ...replies]);
  }

  /** When a reply has sent what it will before it stalls. */
  stalled(): Promise<void> {
    return new Promise((resolve) => {
      this.#onStall = resolve;
    });
  }

  /** Requests for a file's content, wherever it came from. */
  requestsFor(file: string): readonly SeenRequest[] {
    return this.requests.filter(({ path }) => path.includes(file));
  }

  #onHub(request: http.IncomingMessage, response: http.ServerResponse): void {
    const url = new URL(request.url!, this.origin);
    this.requests.push({ server: 'hub', path: request.url!, headers: request.headers });
    if (this.token !== null && request.headers.authorization !== `Bearer ${this.token}`) {
      response.writeHead(401, { 'x-error-message': 'Invalid username or password.' });
      response.end();
      return;
    }
    const [, kind, repo, route, rest] =
      /^\/(api\/models\/)?([^/]+\/[^/]+)\/(revision|tree|resolve)\/(.+)$/.exec(url.pathname) ?? [];
    const found = repo === undefined ? undefined : this.repos[repo];
    if (found === undefined) {
      fail(response, 'RepoNotFound');
      return;
    }
    if (kind !== undefined && route === 'revision') {
      this.#revision(found, decodeURIComponent(rest!), response);
    } else if (kind !== undefined && route === 'tree') {
      this.#tree(found, url, response);
    } else {
      this.#resolve(found, rest!, request, response);
    }
  }

  #revision(repo: HubRepo, revision: string, response: http.ServerResponse): void {
    const known: Record<string, string> = { main: repo.commit, ...repo.revisions };
    const sha = known[revision] ?? (revision === repo.commit ? revision : undefined);
    if (sha === undefined) {
      fail(response, 'RevisionNotFound');
      return;
    }
    this.#reply('revision', null, response, Buffer.from(JSON.stringify({ sha })), {
      'content-type': 'application/json',
    });
  }

  #tree(repo: HubRepo, url: URL, response: http.ServerResponse): void {
    const entries: object[] = Object.entries(repo.files).map(([path, content]) => ({
      type: 'file',
      path,
      oid: gitOid(content),
      size: content.length,
      ...(!repo.small.includes(path) && {
        lfs: { oid: sha256(content), size: content.length, pointerSize: 134 },
      }),
      ...this.lies.get(path),
    }));
    entries.push({ type: 'directory', path: 'onnx', oid: gitOid(Buffer.from('')), size: 0 });
    const from = Number(url.searchParams.get('cursor') ?? 0);
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (from + this.pageSize < entries.length) {
      url.searchParams.set('cursor', String(from + this.pageSize));
      headers['link'] = `<${url.href}>; rel="next"`;
    }
    const page = JSON.stringify(entries.slice(from, from + this.pageSize));
    this.#reply('tree', null, response, Buffer.from(page), headers);
  }

  #resolve(
    repo: HubRepo,
    rest: string,
    request: http.IncomingMessage,
    response: http.ServerResponse,
  ): void {
    const [, commit, name] = /^([^/]+)\/(.+)$/.exec(rest)!;
    const content = repo.files[decodeURIComponent(name!)];
    if (commit !== repo.commit) {
      fail(response, 'RevisionNotFound');
      return;
    }
    if (content === undefined) {
      fail(response, 'EntryNotFound');
      return;
    }
    const headers = { 'x-repo-commit': commit };
    if (repo.small.includes(name!)) {
      const etag = `"${gitOid(content)}"`;
      this.#reply(name!, request, response, content, { ...headers, etag });
      return;
    }
    const digest = sha256(content);
    response.writeHead(302, {
      ...headers,
      etag: `"${digest}"`,
      'x-linked-etag': `"${digest}"`,
      'x-linked-size': content.length,
      location: `${this.cdnOrigin}/blobs/${repo.commit}/${name}?Signature=s&Policy=p`,
    });
    response.end();
  }

  #onCdn(request: http.IncomingMessage, response: http.ServerResponse): void {
    this.requests.push({ server: 'cdn', path: request.url!, headers: request.headers });
    // As signed addresses do: two ways to say who one is are one too many.
    if (request.headers.authorization !== undefined) {
      response.writeHead(400).end();
      return;
    }
    const [, commit, name] = /^\/blobs\/([^/]+)\/([^?]+)/.exec(request.url!) ?? [];
    const repo = Object.values(this.repos).find((each) => each.commit === commit);
    const content = repo?.files[name!];
    if (content === undefined) {
      fail(response, 'EntryNotFound');
      return;
    }
    this.#reply(name!, request, response, content, { etag: `"${sha256(content)}"` });
  }

  /** `request`: null where ranges are not known. */
  #reply(
    what: string,
    request: http.IncomingMessage | null,
    response: http.ServerResponse,
    honest: Buffer,
    honestHeaders: Record<string, string>,
  ): void {
    const wrong = this.next.get(what)?.shift() ?? {};
    if (wrong.redirect !== undefined) {
      response.writeHead(302, { location: wrong.redirect }).end();
      return;
    }
    const whole = wrong.content ?? honest;
    const etag = wrong.etag ?? honestHeaders['etag'];
    const { range = '', 'if-range': condition } = request?.headers ?? {};
    const from = Number(/^bytes=(\d+)-$/.exec(range)?.[1] ?? Number.NaN);
    const isSame = condition === undefined || condition === etag;
    const isPart = !Number.isNaN(from) && isSame && wrong.ignoreRange !== true;
    const body = isPart ? whole.subarray(from) : whole;
    const tooFar = isPart && from >= whole.length;
    const status = wrong.status ?? (tooFar ? 416 : isPart ? 206 : 200);
    const last = whole.length - 1;
    response.writeHead(status, {
      ...honestHeaders,
      ...(etag !== undefined && { etag }),
      ...(wrong.withoutLength !== true && { 'content-length': String(body.length) }),
      ...(isPart && { 'content-range': `bytes ${from}-${last}/${whole.length}` }),
      ...wrong.headers,
    });
    const { cutAfter, stallAfter } = wrong;
    if (cutAfter !== undefined) {
      const { socket } = response;
      response.write(body.subarray(0, cutAfter), () => socket?.end());
      if (cutAfter === 0) response.flushHeaders();
      if (cutAfter === 0) socket?.end();
    } else if (stallAfter !== undefined) {
      response.flushHeaders();
      const stalled = () => this.#onStall();
      if (stallAfter === 0) stalled();
      else response.write(body.subarray(0, stallAfter), stalled);
    } else {
      response.end(body);
    }
  }
}

function fail(response: http.ServerResponse, code: string): void {
  response.writeHead(404, { 'x-error-code': code }).end();
}

function originOf(server: http.Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
