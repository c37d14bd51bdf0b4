// The hidden folder that a model grows in, beside the place where it will stand. Whoever works in one
// owns it, and its name says so; what somebody left behind is taken over by renaming it, which only
// one of several can do.
//
//   .<commit>.partial-<random>                      left behind: free
//   .<commit>.partial-<random>.<process>.<machine>  somebody's, while that process lives and says so

import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readdirSync, renameSync, rmdirSync } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Clock } from './clock.ts';
import { HubError } from './errors.ts';

const beatMs = 15_000;
/** An owner on another machine cannot be asked whether it lives. */
const silentMs = 120_000;

const thisMachine = createHash('sha256').update(os.hostname()).digest('hex').slice(0, 8);

const form = /^\.([0-9a-f]{40,64})\.partial-([0-9a-f]{12})(?:\.(\d+)\.([0-9a-f]{8}))?$/;

export interface Leftover {
  readonly folder: string;
  readonly commit: string;
  readonly isFree: boolean;
}

/** Unfinished pulls in the folder of a model, those under way included. */
export async function leftovers(parent: string, clock: Clock): Promise<readonly Leftover[]> {
  const names = await readdir(parent).catch(() => []);
  const found: Leftover[] = [];
  for (const name of names) {
    const [, commit, , process, machine] = form.exec(name) ?? [];
    if (commit === undefined) continue;
    const folder = path.join(parent, name);
    const stats = await stat(folder).catch(() => null); // it may just have been finished
    if (stats === null) continue;
    const isSilent = clock.now() - stats.mtimeMs > silentMs;
    const isDead = machine === thisMachine && !isAlive(Number(process));
    found.push({ folder, commit, isFree: process === undefined || isSilent || isDead });
  }
  return found;
}

export class Staging {
  readonly folder: string;
  readonly #clock: Clock;
  #stopBeating: () => void = () => {};
  #isOurs = true;

  private constructor(folder: string, clock: Clock) {
    this.folder = folder;
    this.#clock = clock;
    this.#beat();
    process.once('exit', this.release);
  }

  /** With what an earlier pull left, if any; null while somebody else is pulling this commit. */
  static async claim(parent: string, commit: string, clock: Clock): Promise<Staging | null> {
    await mkdir(parent, { recursive: true });
    const own = path.join(
      parent,
      `.${commit}.partial-${randomBytes(6).toString('hex')}.${process.pid}.${thisMachine}`,
    );
    const candidates = (await leftovers(parent, clock)).filter((each) => each.commit === commit);
    for (const { folder, isFree } of candidates) {
      if (!isFree) continue;
      try {
        // Before it has our name it must not look silent under it.
        await touch(folder, clock);
        await rename(folder, own);
        return new Staging(own, clock);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error; // another was faster
      }
    }
    if (candidates.some(({ isFree }) => !isFree)) return null;
    await mkdir(own);
    return new Staging(own, clock);
  }

  /** Makes the folder stand at `target`; where one stands there already, that one is as good. */
  async finish(target: string): Promise<void> {
    this.#requireOurs();
    try {
      await rename(this.folder, target);
    } catch (error) {
      if (!existsSync(target)) throw error;
      await rm(this.folder, { recursive: true, force: true });
    }
    this.#end();
  }

  /** Leaves what is there to whoever comes next. Also at the end of the process. */
  readonly release = (): void => {
    if (!this.#isOurs) return;
    this.#end();
    const free = this.folder.replace(/\.\d+\.[0-9a-f]{8}$/, '');
    try {
      if (readdirSync(this.folder).length === 0) rmdirSync(this.folder);
      else renameSync(this.folder, free);
    } catch {} // it is gone, or its name says whose it was: a process that has ended
  };

  #requireOurs(): void {
    if (this.#isOurs) return;
    throw new HubError('unreachable', `${this.folder} was taken over by another process`);
  }

  #beat(): void {
    this.#stopBeating = this.#clock.after(beatMs, async () => {
      try {
        await touch(this.folder, this.#clock);
        if (this.#isOurs) this.#beat();
      } catch {
        // Somebody took us for dead: a machine that slept, say.
        this.#end();
      }
    });
  }

  #end(): void {
    this.#isOurs = false;
    this.#stopBeating();
    process.off('exit', this.release);
  }
}

async function touch(folder: string, clock: Clock): Promise<void> {
  const now = clock.now() / 1000;
  await utimes(folder, now, now);
}

function isAlive(process_: number): boolean {
  try {
    process.kill(process_, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
