// Several pulls of one model at once, and pulls whose process is no more.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { leftovers, Staging } from '../../src/hub/staging.ts';
import { temporaryFolder } from '../support/folders.ts';
import { HubServer } from '../support/hub-server.ts';
import { TestClock } from '../support/test-clock.ts';
import { clientOf, firstCommit, tinyRepo } from './pulling.ts';

const weights = 'model.safetensors';

describe('a folder under way', () => {
  let parent: string;
  beforeEach(() => {
    parent = path.join(temporaryFolder(), 'models/owner--tiny');
  });

  test('is of one owner until that lets it go, and then of the next with what is in it', async () => {
    const clock = new TestClock();
    const first = (await Staging.claim(parent, firstCommit, clock))!;
    expect(await Staging.claim(parent, firstCommit, clock)).toBeNull();
    writeFileSync(path.join(first.folder, 'a.partial'), 'abc');
    first.release();
    const second = (await Staging.claim(parent, firstCommit, clock))!;
    expect(readFileSync(path.join(second.folder, 'a.partial'), 'utf8')).toBe('abc');
    expect(readdirSync(parent)).toHaveLength(1);
    second.release();
  });

  test('without anything in it leaves nothing', async () => {
    (await Staging.claim(parent, firstCommit, new TestClock()))!.release();
    expect(readdirSync(parent)).toEqual([]);
  });

  test('of another commit is another', async () => {
    const clock = new TestClock();
    const owners = await Promise.all([
      Staging.claim(parent, firstCommit, clock),
      Staging.claim(parent, '3'.repeat(40), clock),
    ]);
    for (const owner of owners) owner!.release();
    expect(owners).not.toContain(null);
  });

  test('goes to one of those who want it at the same time', async () => {
    const clock = new TestClock();
    const left = (await Staging.claim(parent, firstCommit, clock))!;
    writeFileSync(path.join(left.folder, 'a.partial'), 'abc');
    left.release();
    const claims = await Promise.all(
      Array.from({ length: 8 }, () => Staging.claim(parent, firstCommit, clock)),
    );
    const owners = claims.filter((claim) => claim !== null);
    const withContent = owners.filter(({ folder }) => existsSync(path.join(folder, 'a.partial')));
    expect(withContent).toHaveLength(1);
    for (const owner of owners) owner.release();
  });

  test('stays its owner’s for as long as that gives signs of life', async () => {
    const clock = new TestClock();
    const owner = (await Staging.claim(parent, firstCommit, clock))!;
    writeFileSync(path.join(owner.folder, 'a.partial'), 'abc');
    for (let beats = 0; beats < 20; beats++) {
      clock.advance(15_000);
      await until(async () => (await leftovers(parent, clock))[0]?.isFree === false);
    }
    clock.advance(121_000); // a machine that sleeps beats once when it wakes up, at best
    owner.release();
  });

  test('is free when its owner’s process has ended', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    const { pid } = child;
    await once(child, 'close');
    const clock = new TestClock();
    const own = (await Staging.claim(parent, firstCommit, clock))!;
    const machine = own.folder.slice(-8);
    own.release();
    mkdirSync(path.join(parent, `.${firstCommit}.partial-${'a'.repeat(12)}.${pid}.${machine}`));
    expect(await leftovers(parent, clock)).toMatchObject([{ isFree: true }]);
  });

  test('of another machine is free when nothing has been heard of it for two minutes', async () => {
    const clock = new TestClock();
    const folder = path.join(parent, `.${firstCommit}.partial-${'a'.repeat(12)}.1.00000000`);
    mkdirSync(folder, { recursive: true });
    const seconds = clock.now() / 1000;
    utimesSync(folder, seconds, seconds - 60);
    expect(await leftovers(parent, clock)).toMatchObject([{ isFree: false }]);
    utimesSync(folder, seconds, seconds - 121);
    expect(await leftovers(parent, clock)).toMatchObject([{ isFree: true }]);
  });

  test('that was taken away is not finished by who thinks to own it', async () => {
    const clock = new TestClock();
    const owner = (await Staging.claim(parent, firstCommit, clock))!;
    rmSync(owner.folder, { recursive: true });
    clock.advance(15_000);
    const target = path.join(parent, firstCommit);
    await expect(owner.finish(target)).rejects.toThrow(/taken over|ENOENT/);
    owner.release();
  });

  test('where the model stands already, is thrown away', async () => {
    const owner = (await Staging.claim(parent, firstCommit, new TestClock()))!;
    const target = path.join(parent, firstCommit);
    mkdirSync(target);
    writeFileSync(path.join(target, 'config.json'), '{}');
    await owner.finish(target);
    expect(readdirSync(parent)).toEqual([firstCommit]);
  });
});

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve));
}

describe('pulls', () => {
  let server: HubServer;
  beforeEach(async () => {
    server = await HubServer.start({ 'owner/tiny': tinyRepo() });
  });
  afterEach(async () => {
    await server.stop();
  });

  test('of one model at the same time bring it once', async () => {
    const first = clientOf(server);
    const others = Array.from({ length: 3 }, () =>
      clientOf(server, { cacheDirectory: first.cacheDirectory }),
    );
    server.misbehave(weights, { stallAfter: 1000 });
    const stalled = server.stalled();
    const pulling = first.pull();
    await stalled;
    const waiting = others.map((other) => other.pull());
    await until(async () => others.every(({ waits }) => waits === 1));
    first.clock.advance(30_000);
    first.clock.advance(30_000);
    const pulled = await Promise.all([pulling, ...waiting]);
    expect(new Set(pulled.map(({ folder }) => folder)).size).toBe(1);
    expect(server.requestsFor('/blobs/')).toHaveLength(2);
  });

  test('that begin in the same moment harm nothing', async () => {
    const first = clientOf(server);
    const clients = [first, ...Array.from({ length: 5 }, () => clientOf(server, first))];
    const pulled = await Promise.all(clients.map((client) => client.pull()));
    const content = server.repos['owner/tiny']!.files[weights]!;
    for (const { folder } of pulled) {
      expect(readFileSync(path.join(folder, weights)).equals(content)).toBe(true);
    }
    expect(readdirSync(path.dirname(pulled[0]!.folder)).sort()).toEqual([firstCommit, 'refs']);
  });

  test.skipIf(os.platform() !== 'linux')(
    'that fill the disk say so, and keep what came',
    async () => {
      const client = clientOf(server);
      const parent = path.join(client.cacheDirectory, 'models/owner--tiny');
      const folder = path.join(parent, `.${firstCommit}.partial-${'a'.repeat(12)}`);
      mkdirSync(folder, { recursive: true });
      symlinkSync('/dev/full', path.join(folder, `${weights}.partial`));
      await expect(client.pull()).rejects.toMatchObject({
        problem: 'no_room',
        message: expect.stringMatching(/no space left.*the next pull goes on from there/i),
      });
      const [left] = await leftovers(parent, client.clock);
      expect(readdirSync(left!.folder).sort()).toEqual([
        'config.json',
        'generation_config.json',
        `${weights}.partial`,
      ]);
    },
  );

  const { bavail, bsize } = statfsSync(os.tmpdir());
  const tooMuch = bavail * bsize + 2 ** 30;
  test.skipIf(tooMuch > 64 * 2 ** 30)('for which there is no room do not begin', async () => {
    server.lies.set(weights, { lfs: { oid: 'a'.repeat(64), size: tooMuch } });
    await expect(clientOf(server).pull()).rejects.toMatchObject({
      problem: 'no_room',
      message: expect.stringMatching(
        /no room for owner\/tiny: \d+ MB are to come.*has \d+ MB free/,
      ),
    });
    expect(server.requestsFor('/blobs/')).toEqual([]);
  });
});
