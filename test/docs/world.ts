// Where the blocks of the documentation run: a home with a checkpoint in it, a hub, a server of the built-in
// model in place of the one on port 8000, and folders that look like a clone of the project.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { type Server, startServer } from '../../bench/server.ts';
import { HubServer } from '../support/hub-server.ts';
import { project } from './markdown.ts';
import { tinyFiles, tinyModel } from './tiny-model.ts';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** With the address of this server in place of the one that the documentation has on port 8000. */
export function addressed(text: string, { host }: URL): string {
  return text.replace(/\b(localhost|127\.0\.0\.1):8000\b/g, host);
}

export class World {
  readonly folder: string;
  readonly #hub: HubServer;
  readonly #server: Server;
  readonly #clones = new Map<string, string>();
  /** Each the leader of a group of its own, with whatever it started. */
  readonly #running = new Set<ChildProcess>();

  private constructor(folder: string, hub: HubServer, server: Server) {
    this.folder = folder;
    this.#hub = hub;
    this.#server = server;
  }

  static async create(folder: string): Promise<World> {
    const hub = await HubServer.start({
      'openai-community/gpt2': tinyModel('1'),
      'openai-community/gpt2-medium': tinyModel('2'),
    });
    writeHome(path.join(folder, 'home'));
    writePrograms(path.join(folder, 'bin'));
    mkdirSync(path.join(folder, 'clones'));
    const server = await startServer(...serverFlags(folder));
    await complete(server.url);
    return new World(folder, hub, server);
  }

  async close(): Promise<void> {
    for (const { pid } of this.#running) process.kill(-pid!, 'SIGKILL');
    await this.#server.stop();
    await this.#hub.stop();
  }

  get url(): URL {
    return this.#server.url;
  }

  /** The names of each line of the log so far. */
  logged(): readonly string[][] {
    const lines = this.#server.output().split('\n');
    return lines
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => Object.keys(JSON.parse(line)));
  }

  /** Beside a server of its own with further flags, which may name files of the page's clone. */
  async beside<T>(page: string, flags: string, run: (url: URL) => Promise<T>): Promise<T> {
    const words = flags.split(' ').map((word) => {
      const file = path.join(this.clone(page), word);
      return existsSync(file) ? file : word;
    });
    const server = await startServer(...serverFlags(this.folder), ...words);
    try {
      return await run(server.url);
    } finally {
      await server.stop();
    }
  }

  /** What a reader of the page has in front of him: a clone, and what earlier blocks of it wrote. */
  clone(page: string): string {
    const known = this.#clones.get(page);
    if (known !== undefined) return known;
    const folder = path.join(this.folder, 'clones', page.replaceAll('/', '-'));
    mkdirSync(folder);
    for (const name of readdirSync(project)) {
      if (name !== 'node_modules' && !name.startsWith('.git')) {
        symlinkSync(path.join(project, name), path.join(folder, name));
      }
    }
    symlinkSync(this.#modules(), path.join(folder, 'node_modules'));
    for (const [name, from] of Object.entries(readersFiles)) {
      const text = readFileSync(path.join(project, 'test/fixtures', from), 'utf8');
      writeFileSync(path.join(folder, name), text.repeat(4)); // longer than a context
    }
    writeFileSync(path.join(folder, 'held-out.u16'), new Uint16Array(600).fill(464));
    this.#clones.set(page, folder);
    return folder;
  }

  async run(page: string, program: string, words: readonly string[]): Promise<Ran> {
    const child = spawn(program, words, {
      cwd: this.clone(page),
      env: this.#environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    this.#running.add(child);
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (piece) => (stdout += piece));
    child.stderr.setEncoding('utf8').on('data', (piece) => (stderr += piece));
    const [code] = await once(child, 'close');
    this.#running.delete(child);
    return { code: code ?? -1, stdout, stderr };
  }

  /** The project's modules, and the project itself under its name. */
  #modules(): string {
    const folder = path.join(this.folder, 'node_modules');
    if (readdirSync(this.folder).includes('node_modules')) return folder;
    mkdirSync(folder);
    for (const name of readdirSync(path.join(project, 'node_modules'))) {
      symlinkSync(path.join(project, 'node_modules', name), path.join(folder, name));
    }
    symlinkSync(project, path.join(folder, 'kvasir'));
    return folder;
  }

  #environment(): NodeJS.ProcessEnv {
    const kept = Object.entries(process.env).filter(
      ([name]) => !/^(KVASIR|HF|VITEST|npm)_|_proxy$|^NODE_/i.test(name),
    );
    return {
      ...Object.fromEntries(kept),
      PATH: `${path.join(this.folder, 'bin')}:${process.env['PATH']}`,
      HOME: path.join(this.folder, 'home'),
      DOCUMENTED_PROJECT: project,
      // Where everything keeps what was exported, commands as well as programs.
      XDG_CACHE_HOME: path.join(this.folder, 'cache'),
      KVASIR_KV_MEMORY: '256MiB',
      HF_ENDPOINT: this.#hub.origin,
    };
  }
}

/** Small files in the formats of the large ones that pages talk of. */
const readersFiles = {
  'wiki.test.raw': 'evaluation/wikitext.txt',
  'ptb.test.txt': 'evaluation/treebank.txt',
  'lambada_test.jsonl': 'evaluation/lambada.jsonl',
  'novel.txt': 'evaluation/text.txt',
};

/** So that the log has a line of one. */
async function complete(url: URL): Promise<void> {
  const reply = await fetch(new URL('/v1/completions', url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"max_tokens": 1}',
  });
  if (!reply.ok) throw new Error(await reply.text());
}

function serverFlags(folder: string): readonly string[] {
  return ['--cache-directory', path.join(folder, 'cache/kvasir'), '--kv-memory', '256MiB'];
}

function writeHome(home: string): void {
  const checkpoint = path.join(home, 'models/gpt2');
  mkdirSync(checkpoint, { recursive: true });
  for (const [name, content] of Object.entries(tinyFiles())) {
    writeFileSync(path.join(checkpoint, name), content);
  }
}

function writePrograms(bin: string): void {
  mkdirSync(bin);
  const write = (name: string, script: string) => {
    writeFileSync(path.join(bin, name), `#!/usr/bin/env bash\n${script}\n`);
    chmodSync(path.join(bin, name), 0o755);
  };
  const standIn = (name: string) =>
    `"${process.execPath}" "${import.meta.dirname}/stand-ins/${name}"`;
  write('npm', `exec ${standIn('npm.mjs')} "$@"`);
  write('kvasir', `exec ${standIn('kvasir.mjs')} "$@"`);
  // An answer that is an error fails the block.
  write(
    'curl',
    `PATH='${process.env['PATH']}' exec curl --silent --show-error --fail-with-body "$@"`,
  );
}
