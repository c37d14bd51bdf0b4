// Brings one file into a folder, whatever happens to the connection. It stands there under its name
// when it is what was promised, to the last bit, and not before; until then it grows beside it as
// NAME.partial, from which any later attempt goes on.

import { rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { HubError, Interruption } from './errors.ts';
import type { Hub } from './hub.ts';
import type { HubFile } from './listing.ts';
import { PartialFile } from './partial-file.ts';
import type { Reply } from './transport.ts';
import type { Watch } from './watch.ts';

export interface Brought {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface Place {
  readonly hub: Hub;
  readonly commit: string;
  readonly folder: string;
}

/** `onBytes`: how much of the file is there; after a false start it may be less than before. */
export async function download(
  place: Place,
  file: HubFile,
  onBytes: (bytes: number) => void,
): Promise<Brought> {
  const target = path.join(place.folder, file.name);
  const partial = `${target}.partial`;
  await takeUp(target, partial);
  const content = await PartialFile.open(partial, file, onBytes);
  try {
    await new Download(place, file, content, onBytes).run();
    await content.sync();
    await rename(partial, target);
    return { name: file.name, bytes: content.bytes, sha256: content.sha256 };
  } catch (error) {
    const isWorthless = error instanceof HubError && worthless.includes(error.problem);
    if (isWorthless) await rm(partial, { force: true });
    throw error;
  } finally {
    await content.close();
  }
}

const worthless: readonly string[] = ['misbehaved', 'corrupt'];

class Download {
  readonly #place: Place;
  readonly #file: HubFile;
  readonly #content: PartialFile;
  readonly #onBytes: (bytes: number) => void;
  /** Of what is being sent, where the server says it. */
  #etag: string | null = null;
  /** Whether what is there came in one piece. */
  #isWhole: boolean;
  #highest: number;

  constructor(place: Place, file: HubFile, content: PartialFile, onBytes: (n: number) => void) {
    this.#place = place;
    this.#file = file;
    this.#content = content;
    this.#onBytes = onBytes;
    this.#isWhole = content.bytes === 0;
    this.#highest = content.bytes;
  }

  async run(): Promise<void> {
    // Without a hash nothing would tell that a piece of long ago belongs to another file.
    if (this.#file.identity === null) await this.#restart();
    await this.#fill();
    if (this.#content.isAsPromised) return;
    if (!this.#isWhole) {
      await this.#restart();
      await this.#fill();
      if (this.#content.isAsPromised) return;
    }
    const { name, identity } = this.#file;
    throw new HubError(
      'corrupt',
      `${name}: what came is not what ${this.#place.hub.endpoint.host} promised ` +
        `(${identity?.algorithm} ${identity?.digest}); it was deleted, try again`,
    );
  }

  async #fill(): Promise<void> {
    await this.#place.hub.persist({
      attempt: async () => {
        const watch = this.#place.hub.watch();
        try {
          await this.#attempt(watch);
        } finally {
          watch.end();
        }
      },
      gotOn: () => {
        const gotOn = this.#content.bytes > this.#highest;
        this.#highest = Math.max(this.#highest, this.#content.bytes);
        return gotOn;
      },
    });
  }

  async #attempt(watch: Watch): Promise<void> {
    const { hub, commit } = this.#place;
    const { name, bytes } = this.#file;
    const from = this.#content.bytes;
    if (from === bytes) return;
    const url = hub.fileAddress(commit, name);
    const reply = await hub.open(url, this.#range(from), watch, [200, 206, 416], (hop) =>
      this.#requireSame(hop),
    );
    this.#requireSame(reply);
    try {
      await this.#begin(reply, from);
      for await (const piece of reply.body) {
        if (this.#content.bytes + piece.byteLength > bytes) {
          throw this.#misbehaved(`sends more than the ${bytes} bytes it promised`);
        }
        await this.#append(piece);
        watch.saw(piece.byteLength);
      }
    } catch (error) {
      reply.discard();
      throw error;
    }
    const { bytes: got } = this.#content;
    if (got < bytes) throw new Interruption(`${name} ended after ${got} of ${bytes} bytes`);
  }

  /** Asks for the rest, and for everything where the rest would be of another file. */
  #range(from: number): Record<string, string> {
    if (from === 0) return {};
    const isStrong = this.#etag !== null && !this.#etag.startsWith('W/');
    return { range: `bytes=${from}-`, ...(isStrong && { 'if-range': this.#etag! }) };
  }

  /** Leaves the content where the reply's body goes on. */
  async #begin(reply: Reply, from: number): Promise<void> {
    const encoding = reply.header('content-encoding');
    if (encoding !== null && encoding !== 'identity') {
      throw this.#misbehaved(`sends it as ${encoding}, which was not asked for`);
    }
    if (reply.status === 416) {
      await this.#restart();
      throw new Interruption(`${reply.url.host} has no rest of ${this.#file.name}`);
    }
    const etag = reply.header('etag');
    const isAnother = from > 0 && this.#etag !== null && etag !== null && etag !== this.#etag;
    this.#etag = etag;
    if (reply.status === 206) {
      this.#requireRange(reply, from);
      if (isAnother) {
        await this.#restart();
        throw new Interruption(`${this.#file.name} became another file meanwhile`);
      }
      this.#isWhole &&= from === 0;
      return;
    }
    const length = reply.header('content-length');
    if (length !== null && Number(length) !== this.#file.bytes) {
      throw this.#misbehaved(`lists ${this.#file.bytes} bytes and sends ${length}`);
    }
    if (from > 0) await this.#restart();
  }

  #requireRange(reply: Reply, from: number): void {
    const given = reply.header('content-range') ?? 'no Content-Range';
    const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(given) ?? [];
    const { bytes } = this.#file;
    const fits = Number(first) === from && Number(last) >= from && Number(last) < bytes;
    if (fits && (total === '*' || Number(total) === bytes)) return;
    throw this.#misbehaved(`was asked for bytes from ${from} of ${bytes} and sends ${given}`);
  }

  /** What the hub itself says beside a file, or beside where to find it, is what its list said. */
  #requireSame(reply: Reply): void {
    const { hub, commit } = this.#place;
    if (reply.url.origin !== hub.endpoint.origin) return;
    const { bytes, identity } = this.#file;
    const found = reply.header('x-repo-commit') ?? commit;
    if (found !== commit) throw this.#misbehaved(`was asked for commit ${commit} and has ${found}`);
    const size = Number(reply.header('x-linked-size') ?? bytes);
    if (size !== bytes) throw this.#misbehaved(`lists ${bytes} bytes and then says ${size}`);
    const linked = /^"([0-9a-f]{64})"$/.exec(reply.header('x-linked-etag') ?? '')?.[1];
    if (linked === undefined || identity?.algorithm !== 'sha256') return;
    if (linked !== identity.digest) {
      throw this.#misbehaved(`lists sha256 ${identity.digest} and then says ${linked}`);
    }
  }

  async #append(piece: Uint8Array): Promise<void> {
    try {
      await this.#content.append(piece);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error;
      throw new HubError(
        'no_room',
        `${this.#place.folder}: ${message}; what has come is kept, and the next pull goes on from there`,
      );
    }
    this.#onBytes(this.#content.bytes);
  }

  async #restart(): Promise<void> {
    await this.#content.restart();
    this.#isWhole = true;
    this.#onBytes(0);
  }

  #misbehaved(what: string): HubError {
    return new HubError(
      'misbehaved',
      `${this.#place.hub.endpoint.host} ${what}: ${this.#file.name}`,
    );
  }
}

/** What an earlier attempt finished is looked at again, unless another model has the same file. */
async function takeUp(target: string, partial: string): Promise<void> {
  const found = await stat(target).catch(() => null);
  if (found === null) return;
  if (found.nlink > 1) await rm(target);
  else await rename(target, partial);
}
