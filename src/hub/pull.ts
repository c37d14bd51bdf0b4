// Pulls a model: finds out what it consists of, brings what is needed, and makes it stand in the cache
// folder, whole. What was interrupted goes on where it ended; what another pull brings is waited for;
// what an earlier commit had already is not brought again.

import { existsSync } from 'node:fs';
import { link, open, readFile, rm, stat, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CheckpointError } from '../../models/errors.ts';
import { parseConfig } from '../../models/gpt2/config.ts';
import { type Choice, choose, shardsOf } from './choice.ts';
import type { Clock } from './clock.ts';
import { type Brought, download, type Place } from './download.ts';
import { HubError } from './errors.ts';
import type { Hub } from './hub.ts';
import { findCommit, type HubFile, listFiles } from './listing.ts';
import { repoOf } from './model-name.ts';
import {
  allPulled,
  findPulled,
  modelFolder,
  noteRevision,
  type PulledModel,
  pulledFile,
  pullManifest,
  totalBytes,
} from './pulled.ts';
import { Staging } from './staging.ts';

export interface PullOptions {
  readonly hub: Hub;
  readonly cacheDirectory: string;
  readonly clock: Clock;
  readonly events: PullEvents;
  /** Looks at all but the weights, before they come; throws where there is no use in them. */
  readonly inspect: (folder: string) => void;
}

export interface PullEvents {
  /** Before anything large comes. */
  planned(plan: Plan): void;
  progress(done: number, total: number): void;
  /** Another process is pulling the same. */
  waiting(): void;
}

export interface Plan {
  readonly commit: string;
  readonly fileCount: number;
  /** In all, and of those what has come: all but the weights. */
  readonly bytes: number;
  readonly bytesBrought: number;
  /** Of the weights, what an earlier pull left. */
  readonly bytesThere: number;
}

const pollMs = 1000;

/** Throws `HubError`, `CheckpointError` for a model of another kind, and what the file system throws. */
export async function pullModel(options: PullOptions): Promise<PulledModel> {
  const { hub, cacheDirectory, clock, events } = options;
  const parent = modelFolder(cacheDirectory, hub.name);
  const commit = await findCommit(hub);
  const target = path.join(parent, commit);
  if (!existsSync(target)) {
    const listing = await listFiles(hub, commit);
    const choice = choose(repoOf(hub.name), listing);
    const staging = await claim(parent, commit, target, clock, events);
    if (staging !== null) await new Pull(options, commit, staging, listing).run(choice, target);
  }
  const { revision } = hub.name;
  if (!commit.startsWith(revision)) noteRevision(parent, revision, commit);
  return findPulled(cacheDirectory, { ...hub.name, revision: commit })!;
}

/** Null where another process finished it meanwhile. */
async function claim(
  parent: string,
  commit: string,
  target: string,
  clock: Clock,
  events: PullEvents,
): Promise<Staging | null> {
  for (let isFirst = true; ; isFirst = false) {
    const staging = await Staging.claim(parent, commit, clock);
    if (staging !== null) return staging;
    if (isFirst) events.waiting();
    await clock.sleep(pollMs);
    if (existsSync(target)) return null;
  }
}

/** One pull under way. */
class Pull {
  readonly #options: PullOptions;
  readonly #place: Place;
  readonly #staging: Staging;
  readonly #listing: ReadonlyMap<string, HubFile>;
  readonly #brought: Brought[] = [];
  #total = 0;

  constructor(
    options: PullOptions,
    commit: string,
    staging: Staging,
    listing: ReadonlyMap<string, HubFile>,
  ) {
    this.#options = options;
    this.#place = { hub: options.hub, commit, folder: staging.folder };
    this.#staging = staging;
    this.#listing = listing;
  }

  async run(choice: Choice, target: string): Promise<void> {
    try {
      await this.#bring(choice.config);
      await this.#requireSupported(choice.config);
      for (const file of choice.companions) await this.#bring(file);
      this.#inspect();
      const weights = await this.#weightFiles(choice);
      await this.#plan(weights);
      for (const file of weights) await this.#bring(file);
      await this.#describe();
      await this.#staging.finish(target);
    } catch (error) {
      const isUseless = error instanceof HubError && error.problem === 'unsupported';
      if (error instanceof CheckpointError || isUseless) await this.#discard();
      throw error;
    } finally {
      this.#staging.release();
    }
  }

  /** A model of another kind is refused before anything else comes. */
  async #requireSupported({ name }: HubFile): Promise<void> {
    const text = await readFile(path.join(this.#place.folder, name), 'utf8');
    this.#explain(() => parseConfig(parsed(name, text)));
  }

  #inspect(): void {
    this.#explain(() => this.#options.inspect(this.#place.folder));
  }

  #explain(look: () => void): void {
    try {
      look();
    } catch (error) {
      if (!(error instanceof CheckpointError)) throw error;
      const name = repoOf(this.#options.hub.name);
      throw new CheckpointError(`${name} cannot be served: ${error.message}`);
    }
  }

  async #weightFiles({ weights }: Choice): Promise<readonly HubFile[]> {
    if (weights.kind === 'whole') return [weights.file];
    await this.#bring(weights.index);
    const text = await readFile(path.join(this.#place.folder, weights.index.name), 'utf8');
    return shardsOf(weights.index, text, this.#listing);
  }

  async #plan(rest: readonly HubFile[]): Promise<void> {
    const bytes = totalBytes([...this.#brought, ...rest]);
    const there = await Promise.all(rest.map((file) => this.#bytesThere(file)));
    const bytesThere = there.reduce((sum, each) => sum + each, 0);
    this.#total = bytes;
    await this.#requireRoom(totalBytes(rest) - bytesThere);
    const fileCount = this.#brought.length + rest.length;
    this.#options.events.planned({
      commit: this.#place.commit,
      fileCount,
      bytes,
      bytesBrought: totalBytes(this.#brought),
      bytesThere,
    });
  }

  async #bytesThere({ name, bytes }: HubFile): Promise<number> {
    for (const file of [name, `${name}.partial`]) {
      const found = await stat(path.join(this.#place.folder, file)).catch(() => null);
      if (found !== null) return Math.min(bytes, found.size);
    }
    return 0;
  }

  async #requireRoom(needed: number): Promise<void> {
    const { folder } = this.#place;
    const { bavail, bsize } = await statfs(folder);
    const free = bavail * bsize;
    if (free >= needed) return;
    const [wanted, found] = [needed, free].map((bytes) => `${(bytes / 1e6).toFixed(0)} MB`);
    throw new HubError(
      'no_room',
      `there is no room for ${repoOf(this.#options.hub.name)}: ${wanted} are to come and ` +
        `${this.#options.cacheDirectory} has ${found} free (--cache-directory)`,
    );
  }

  async #bring(file: HubFile): Promise<void> {
    const before = totalBytes(this.#brought);
    const onBytes = (bytes: number) => {
      if (this.#total > 0) this.#options.events.progress(before + bytes, this.#total);
    };
    const brought = (await this.#linkEarlier(file)) ?? (await download(this.#place, file, onBytes));
    this.#brought.push(brought);
    onBytes(file.bytes);
  }

  /** A commit often changes a few files of a model, and seldom its weights. */
  async #linkEarlier({ name, bytes, identity }: HubFile): Promise<Brought | null> {
    if (identity?.algorithm !== 'sha256') return null;
    for (const { folder, files } of allPulled(this.#options.cacheDirectory)) {
      const same = files.find((each) => each.sha256 === identity.digest && each.bytes === bytes);
      if (same === undefined) continue;
      const source = path.join(folder, same.name);
      const found = await stat(source).catch(() => null);
      if (found?.size !== bytes) continue;
      try {
        const target = path.join(this.#place.folder, name);
        await rm(target, { force: true });
        await link(source, target);
        return { name, bytes, sha256: same.sha256 };
      } catch {} // another file system, or one without links: then it is brought
    }
    return null;
  }

  async #describe(): Promise<void> {
    const { hub, commit, folder } = this.#place;
    const manifest = pullManifest({
      endpoint: hub.endpoint.href,
      repo: repoOf(hub.name),
      commit,
      files: this.#brought,
    });
    const text = `${JSON.stringify(manifest, null, 2)}\n`;
    await writeFile(path.join(folder, pulledFile), text, { flush: true });
    const handle = await open(folder, 'r');
    await handle.sync();
    await handle.close();
  }

  async #discard(): Promise<void> {
    await rm(this.#place.folder, { recursive: true, force: true });
  }
}

function parsed(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CheckpointError(`${name} is no JSON`);
  }
}
