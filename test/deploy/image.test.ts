// The image `cpu`, built by replaying the Dockerfile in folders, and run as a container would be: as its
// first process, as nobody in particular, on files that cannot be written.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Child } from '../../bench/child.ts';
import { temporaryFolder } from '../support/folders.ts';
import { firstProcess, startContained, whyNoContainers } from './container.ts';
import { readDockerfile } from './dockerfile.ts';
import { freePort } from './free-port.ts';
import { type Image, Replay, sizeOf } from './replay.ts';

const isWanted = (process.env['KVASIR_TEST_IMAGE'] ?? '') !== '';
const reason = isWanted ? whyNoContainers() : 'takes a while; KVASIR_TEST_IMAGE=1 runs it';
const why = reason === null ? '' : ` (skipped: ${reason})`;
const buildMs = 600_000;

describe.skipIf(reason !== null)(`the image for processors${why}`, () => {
  let image: Image;
  let replay: Replay;
  const running: Child[] = [];

  beforeAll(async () => {
    replay = new Replay(readDockerfile(), temporaryFolder());
    image = await replay.build('cpu');
  }, buildMs);
  afterAll(async () => {
    for (const child of running) await child.stop('SIGKILL');
  });

  /** As `docker run --read-only --tmpfs /tmp` would. */
  function start(settings: Record<string, string>, writable: readonly string[] = []): Child {
    const environment = new Map([...image.environment, ...Object.entries(settings)]);
    const words = [...image.entrypoint, ...image.command];
    const child = startContained({ ...image, environment, isReadOnly: true, writable }, words);
    running.push(child);
    return child;
  }

  function inside(name: string): string {
    return path.join(image.root, name);
  }

  test('holds the libraries of one platform, and nothing that only development needs', () => {
    const libraries = readdirSync(inside('kvasir/node_modules/onnxruntime-node/bin/napi-v6'));
    expect(libraries).toEqual([process.platform]);
    const packages = inside('kvasir/node_modules');
    const names = readdirSync(packages, { recursive: true, encoding: 'utf8' });
    expect(
      names.filter((name) => /\.(map|d\.ts)$|musl|^(@biomejs|@?vitest|@?typescript)\b/.test(name)),
    ).toEqual([]);
    expect(existsSync(inside('kvasir/dist/.tsbuildinfo'))).toBe(false);
    expect(existsSync(inside('kvasir/src'))).toBe(false);
  });

  test('is small: of what it adds, half is the model', () => {
    const MB = 1e6;
    expect(sizeOf(inside('kvasir')) / MB).toBeLessThan(240);
    expect(sizeOf(inside('kvasir/node_modules')) / MB).toBeLessThan(75);
  });

  test('lists its packages in a bill of materials, and no others', () => {
    const { bomFormat, components } = JSON.parse(
      readFileSync(inside('kvasir/sbom.cdx.json'), 'utf8'),
    );
    expect(bomFormat).toBe('CycloneDX');
    const names = components.map(({ name }: { name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(['fastify', 'koffi', 'onnxruntime-node']));
    expect(names).not.toContain('vitest');
    for (const name of names) {
      expect(existsSync(inside(`kvasir/node_modules/${name}`)), name).toBe(true);
    }
  });

  test(
    'has beside it the model for GPUs, which the other image adds',
    async () => {
      const { root } = await replay.build('halves');
      const precisionOf = (name: string) => {
        const file = path.join(root, 'kvasir/artifacts', name, 'kvasir.json');
        const { precision, cache } = JSON.parse(readFileSync(file, 'utf8'));
        return [precision, cache.precision];
      };
      expect(precisionOf('storyteller')).toEqual(['fp32', 'fp32']);
      expect(precisionOf('storyteller-fp16')).toEqual(['fp16', 'fp16']);
    },
    buildMs,
  );

  describe('as a container', () => {
    let server: Child;
    let port: string;
    const url = (route: string) => `http://127.0.0.1:${port}${route}`;
    beforeAll(async () => {
      port = String(await freePort());
      server = start({ KVASIR_PORT: port });
      await listening(server);
    });

    test('is ready, and tells a story', async () => {
      expect((await fetch(url('/ready'))).status).toBe(200);
      const reply = await fetch(url('/v1/completions'), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ prompt: 'Once upon a time', max_tokens: 8, temperature: 0 }),
      });
      const { model, usage } = (await reply.json()) as { model: string; usage: object };
      expect(model).toBe('storyteller');
      expect(usage).toMatchObject({ completion_tokens: 8 });
    });

    test('has its page', async () => {
      const reply = await fetch(url('/'));
      expect(reply.headers.get('content-type')).toMatch(/^text\/html/);
      const page = await reply.text();
      const [, script] = /<script[^>]* src="([^"]+)"/.exec(page)!;
      expect((await fetch(new URL(script!, url('/')))).status).toBe(200);
    });

    test('is found healthy by its own check', async () => {
      const check = (environment: ReadonlyMap<string, string>) =>
        startContained({ ...image, environment, isReadOnly: true }, image.healthcheck).exited;
      expect(await check(new Map([...image.environment, ['KVASIR_PORT', port]]))).toBe(0);
      const closed = String(await freePort());
      expect(await check(new Map([...image.environment, ['KVASIR_PORT', closed]]))).toBe(1);
    });

    test('is the first process, and nobody in particular', () => {
      const status = readFileSync(`/proc/${firstProcess(server)}/status`, 'utf8');
      expect(status).toMatch(/^NSpid:\t\d+\t1$/m);
      expect(status).toMatch(/^Uid:\t1000\t1000\t1000\t1000$/m);
      expect(status).toMatch(/^CapEff:\t0+$/m);
    });

    test('stops when it is told to', async () => {
      process.kill(firstProcess(server), 'SIGTERM');
      expect(await server.exited).toBe(0);
    });
  });

  test('writes to nothing but its cache folder: another precision is exported there', async () => {
    const port = String(await freePort());
    const settings = {
      KVASIR_PORT: port,
      KVASIR_MODEL: 'storyteller',
      KVASIR_PRECISION: 'int8',
    };
    const refused = start(settings);
    expect(await refused.exited).toBe(2);
    expect(refused.output()).toMatch(
      /--cache-directory \/var\/cache\/kvasir cannot be written: the file system is read-only/,
    );
    expect(refused.output()).not.toMatch(/\n\s+at /);

    const server = start(settings, ['/var/cache/kvasir']);
    await listening(server);
    process.kill(firstProcess(server), 'SIGTERM');
    expect(await server.exited).toBe(0);
  });

  test('hears a signal to stop while it still exports', async () => {
    const settings = { KVASIR_PORT: '0', KVASIR_MODEL: 'storyteller', KVASIR_PRECISION: 'int4' };
    const server = start(settings, ['/var/cache/kvasir']);
    await firstWord(server, /exporting/);
    process.kill(firstProcess(server), 'SIGTERM');
    expect(await server.exited).toBe(143);
  });
});

function listening(child: Child): Promise<void> {
  return firstWord(child, /listening on/);
}

/** Until it wrote something like that. Throws where it ends before. */
function firstWord(child: Child, word: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => word.test(child.output()) && resolve();
    child.onOutput(look);
    look();
    child.exited.then((code) => reject(new Error(`ended with ${code}:\n${child.output()}`)));
  });
}
