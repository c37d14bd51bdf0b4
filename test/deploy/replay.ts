// What building an image does, done in folders: each stage has one, COPY copies, and RUN runs with it as
// its root. The image that a stage begins from is this system.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { type ContainerOptions, type SharedFolder, startContained } from './container.ts';
import { copied, type Dockerfile, filledIn, type Step, stageOf } from './dockerfile.ts';
import { readIgnored } from './ignored.ts';

export interface Image {
  readonly root: string;
  readonly folder: string;
  readonly environment: ReadonlyMap<string, string>;
  readonly user: number;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly healthcheck: readonly string[];
}

/** What a builder hands its steps of the caller's surroundings: how the registry is reached. */
const passedOn = /^(npm_config_.*|.*_proxy|NODE_EXTRA_CA_CERTS)$/i;

export class Replay {
  readonly #dockerfile: Dockerfile;
  readonly #rooms: string;
  readonly #surroundings: ReadonlyMap<string, string>;
  readonly #built = new Map<string, Image>();
  readonly #isIgnored = readIgnored();

  /** `rooms`: an empty folder for the stages' folders. */
  constructor(dockerfile: Dockerfile, rooms: string) {
    this.#dockerfile = dockerfile;
    this.#rooms = rooms;
    const entries = Object.entries(process.env).filter(([name]) => passedOn.test(name));
    this.#surroundings = new Map(entries.map(([name, value]) => [name, value ?? '']));
  }

  /** Throws `Error` with what a step wrote where it fails. */
  async build(target: string): Promise<Image> {
    const known = this.#built.get(target);
    if (known !== undefined) return known;
    const stage = stageOf(this.#dockerfile, target);
    let image = await this.#begin(target, stage.base);
    const values = new Map<string, string>();
    for (const step of stage.steps) image = await this.#take(step, image, values);
    this.#built.set(target, image);
    return image;
  }

  async #begin(target: string, base: string): Promise<Image> {
    const root = path.join(this.#rooms, target);
    mkdirSync(root, { mode: 0o755 });
    if (this.#dockerfile.stages.every(({ name }) => name !== base)) return { ...bare, root };
    const from = await this.build(base);
    copy(from.root, root);
    return { ...from, root };
  }

  async #take(step: Step, image: Image, values: Map<string, string>): Promise<Image> {
    const known = new Map([...values, ...image.environment]);
    switch (step.keyword) {
      case 'ARG':
        for (const [name, value] of step.properties) {
          values.set(name, value ?? this.#dockerfile.defaults.get(name) ?? '');
        }
        return image;
      case 'ENV': {
        const own = [...step.properties].map(([n, value]) => [n, filledIn(value!, known)] as const);
        return { ...image, environment: new Map([...image.environment, ...own]) };
      }
      case 'WORKDIR': {
        const folder = path.posix.resolve(image.folder, step.text);
        mkdirSync(path.join(image.root, folder), { recursive: true });
        return { ...image, folder };
      }
      case 'USER':
        return { ...image, user: Number(step.text.split(':')[0]) };
      case 'COPY':
        await this.#copy(step, image);
        return image;
      case 'RUN':
        await this.#run(step, image, values);
        return image;
      case 'ENTRYPOINT':
        return { ...image, entrypoint: step.exec! };
      case 'CMD':
        return { ...image, command: step.exec! };
      case 'HEALTHCHECK':
        return { ...image, healthcheck: JSON.parse(step.text.replace(/^CMD\s+/, '')) };
      case 'LABEL':
      case 'EXPOSE':
        return image;
      default:
        throw new Error(`line ${step.line}: nobody knows how ${step.keyword} is replayed`);
    }
  }

  async #copy(step: Step, image: Image): Promise<void> {
    const { sources, to } = copied(step);
    const from = step.flags.get('from');
    const origin = from === undefined ? process.cwd() : (await this.build(from)).root;
    const target = path.join(image.root, path.posix.resolve(image.folder, to));
    const isFolder = sources.length > 1 || /(^|\/)\.?$/.test(to);
    for (const source of sources) {
      const file = path.join(origin, source);
      const intoFolder = isFolder && !statSync(file).isDirectory();
      const end = intoFolder ? path.join(target, path.basename(source)) : target;
      const isLetIn = (name: string) =>
        from !== undefined || !this.#isIgnored(path.relative(origin, name));
      copy(file, end, isLetIn);
    }
  }

  async #run(step: Step, image: Image, values: ReadonlyMap<string, string>): Promise<void> {
    const environment = new Map([
      ['HOME', '/root'],
      // What this system's npm fetched is not fetched again.
      ['npm_config_prefer_offline', 'true'],
      ...this.#surroundings,
      ...values,
      ...image.environment,
    ]);
    const cache = cacheMount(step);
    const options: ContainerOptions = {
      ...image,
      environment,
      isReadOnly: false,
      ...(cache !== null && { shared: cache }),
    };
    const child = startContained(options, ['/bin/sh', '-c', step.text]);
    const code = await child.exited;
    if (code !== 0) throw new Error(`line ${step.line} ended with ${code}:\n${child.output()}`);
  }
}

/** A builder keeps such a folder from build to build; npm's is this system's own. */
function cacheMount({ flags, line }: Step): SharedFolder | null {
  const mount = flags.get('mount');
  if (mount === undefined) return null;
  if (mount !== 'type=cache,target=/root/.npm') {
    throw new Error(`line ${line}: nobody knows what is mounted by ${mount}`);
  }
  const outside = execFileSync('npm', ['config', 'get', 'cache'], { encoding: 'utf8' }).trim();
  mkdirSync(outside, { recursive: true });
  return { outside, inside: '/root/.npm' };
}

const bare: Omit<Image, 'root'> = {
  folder: '/',
  environment: new Map(),
  user: 0,
  entrypoint: [],
  command: [],
  healthcheck: [],
};

function copy(from: string, to: string, filter: (name: string) => boolean = () => true): void {
  mkdirSync(path.dirname(to), { recursive: true });
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, filter });
}

/** Of all files under a folder, in bytes. */
export function sizeOf(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) bytes += statSync(path.join(entry.parentPath, entry.name)).size;
  }
  return bytes;
}
