// What is in the cache folder, what of it a name stands for, and that nothing else is ever removed.

import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { withoutHub } from '../../src/cli/find-model.ts';
import { inventory } from '../../src/cli/inventory.ts';
import { resolveModel } from '../../src/cli/resolve-model.ts';
import { runRemove } from '../../src/cli/rm.ts';
import { systemClock } from '../../src/hub/clock.ts';
import { Staging } from '../../src/hub/staging.ts';
import { writeCheckpoint } from '../export/tiny-checkpoint.ts';
import { clientOf, firstCommit, secondCommit, tinyRepo } from '../hub/pulling.ts';
import { temporaryFolder } from '../support/folders.ts';
import { HubServer } from '../support/hub-server.ts';

const home = temporaryFolder();
const checkpoint = writeCheckpoint(path.join(home, 'mine'));
const template = path.join(home, 'template');
let server: HubServer;
let cacheDirectory: string;
let said: string;

/** A cache with a model of two revisions, another one, and three exports. */
beforeAll(async () => {
  const old = { ...tinyRepo(secondCommit), revisions: {} };
  server = await HubServer.start({ 'owner/tiny': old, 'owner/other': tinyRepo('4'.repeat(40)) });
  const client = clientOf(server, { cacheDirectory: template });
  old.revisions = { old: secondCommit };
  await client.pull('owner/tiny@old');
  server.repos['owner/tiny'] = tinyRepo();
  await client.pull('owner/tiny');
  await client.pull('owner/other');
});
afterAll(async () => {
  await server.stop();
});

const choice = () =>
  ({
    precision: 'fp32',
    cachePrecision: 'fp32',
    cacheLayout: 'rows',
    ...withoutHub,
    cacheDirectory,
  }) as const;
const use = (model: string) => resolveModel({ ...choice(), model });
const items = () => inventory(cacheDirectory, systemClock);
const remove = (name: string) => runRemove(name, { cacheDirectory });
const shown = async () => (await items()).map(({ name, kind }) => `${name} ${kind}`);

beforeEach(() => {
  cacheDirectory = path.join(temporaryFolder(), 'cache');
  cpSync(template, cacheDirectory, { recursive: true });
  said = '';
  vi.spyOn(console, 'log').mockImplementation((line) => {
    said += `${line}\n`;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

test('models stand with what was exported from them', async () => {
  await use('owner/tiny');
  await use('owner/tiny@old');
  await use(checkpoint);
  expect(await shown()).toEqual([
    `${checkpoint} exported`,
    'owner/other pulled',
    'owner/tiny pulled',
    'owner/tiny exported',
    'owner/tiny@old pulled',
    'owner/tiny@old exported',
  ]);
  for (const item of await items()) {
    expect(item.bytes).toBeGreaterThan(10_000);
    expect(item.lastUsed!.getTime()).toBeGreaterThan(Date.now() - 60_000);
  }
  const exported = (await items()).find(({ kind }) => kind === 'exported');
  expect(exported).toMatchObject({ formats: 'fp32', isOutdated: false });
});

test('what is used is noted, for the model and for what was exported from it', async () => {
  const artifact = await use('owner/tiny');
  const long = new Date(1_000_000_000_000);
  for (const file of [
    path.join(artifact, 'kvasir-origin.json'),
    path.join(cacheDirectory, 'models/owner--tiny', firstCommit, 'kvasir-pull.json'),
  ]) {
    utimesSync(file, long, long);
  }
  const times = async () =>
    (await items()).filter(({ name }) => name === 'owner/tiny').map((item) => item.lastUsed);
  expect(await times()).toEqual([long, long]);
  expect(await use('owner/tiny')).toBe(artifact);
  for (const time of await times()) expect(time!.getTime()).toBeGreaterThan(long.getTime());
});

test('an artifact of another version of the exporter is outdated', async () => {
  const artifact = await use('owner/tiny');
  const file = path.join(artifact, 'kvasir-origin.json');
  const origin = JSON.parse(readFileSync(file, 'utf8'));
  writeFileSync(file, JSON.stringify({ ...origin, exporterVersion: 1 }));
  expect((await items()).filter((item) => item.kind === 'exported')).toMatchObject([
    { isOutdated: true },
  ]);
});

test('a name without a revision stands for all of them, and what was exported', async () => {
  await use('owner/tiny');
  await use('owner/tiny@old');
  await remove('owner/tiny');
  expect(await shown()).toEqual(['owner/other pulled']);
  expect(existsSync(path.join(cacheDirectory, 'models/owner--tiny'))).toBe(false);
  expect(said).toMatch(/^owner\/tiny: 0\.\d MB freed, in 4 folders\n$/);
});

test('a revision, or the beginning of a commit, stands for that alone', async () => {
  await use('owner/tiny');
  await use('owner/tiny@old');
  await remove('owner/tiny@old');
  expect(await shown()).toEqual(['owner/other pulled', 'owner/tiny pulled', 'owner/tiny exported']);
  await remove(`owner/tiny@${firstCommit.slice(0, 8)}`);
  expect(await shown()).toEqual(['owner/other pulled']);
});

test('what was exported from a folder goes by the folder’s name, and the folder stays', async () => {
  await use(checkpoint);
  await remove(path.relative('.', checkpoint));
  expect(await shown()).not.toContain(`${checkpoint} exported`);
  expect(readdirSync(checkpoint)).toEqual(['config.json', 'model.safetensors']);
});

test('an artifact goes by the name of its folder where nobody said what it is from', async () => {
  const artifact = await use(checkpoint);
  const bare = path.join(path.dirname(artifact), 'of-old');
  renameSync(artifact, bare);
  writeFileSync(path.join(bare, 'kvasir-origin.json'), '{');
  expect(await shown()).toContain('of-old exported');
  await remove('of-old');
  expect(existsSync(bare)).toBe(false);
});

test('a file that two commits share is freed with the second', async () => {
  const client = clientOf(server);
  ({ cacheDirectory } = client);
  server.repos['owner/tiny'] = { ...tinyRepo(secondCommit), revisions: { old: secondCommit } };
  await client.pull('owner/tiny@old');
  server.repos['owner/tiny'] = tinyRepo();
  await client.pull('owner/tiny');
  await remove('owner/tiny@old');
  expect(said).toMatch(/^owner\/tiny@old: 0\.0 MB freed/);
  await remove('owner/tiny');
  expect(said).toMatch(/\nowner\/tiny: 0\.[1-9] MB freed/);
});

test('a pull that is not finished is shown, goes with its model, and not while it is under way', async () => {
  const parent = path.join(cacheDirectory, 'models/new--one');
  const staging = (await Staging.claim(parent, firstCommit, systemClock))!;
  writeFileSync(path.join(staging.folder, 'model.safetensors.partial'), Buffer.alloc(5000));
  expect(await items()).toContainEqual(
    expect.objectContaining({ name: 'new/one', kind: 'unfinished', bytes: 5000, isUnderWay: true }),
  );
  await expect(remove('new/one')).rejects.toThrow(/is being pulled right now/);
  staging.release();
  await remove('new/one');
  expect(existsSync(parent)).toBe(false);
});

test.each([
  ['owner/tony', /nothing in .* is called "owner\/tony": did you mean owner\/tiny\?/],
  ['owner/tiny@new', /is called "owner\/tiny@new"/],
  ['..', /there are owner\/other, owner\/tiny, owner\/tiny@old/],
  ['../..', /is called/],
  ['/', /is called/],
  ['.', /is called/],
  ['models', /is called/],
  ['owner--tiny', /is called/],
  ['', /is called/],
])('%j is nothing that could be removed', async (name, message) => {
  const before = await shown();
  await expect(remove(name)).rejects.toMatchObject({
    code: 'invalid_setting',
    message: expect.stringMatching(message),
  });
  expect(await shown()).toEqual(before);
});

test('what a link in the cache points to is not touched', async () => {
  const outside = path.join(temporaryFolder(), 'outside');
  cpSync(path.join(cacheDirectory, 'models/owner--tiny'), outside, { recursive: true });
  symlinkSync(outside, path.join(cacheDirectory, 'models/evil--link'));
  const artifacts = path.join(cacheDirectory, 'artifacts');
  mkdirSync(artifacts, { recursive: true });
  symlinkSync(outside, path.join(artifacts, 'evil'));
  symlinkSync(outside, path.join(cacheDirectory, 'models/owner--tiny', firstCommit, 'inside'));
  await expect(remove('evil/link')).rejects.toThrow(/is called/);
  await expect(remove('evil')).rejects.toThrow(/is called/);
  await remove('owner/tiny');
  expect(readdirSync(outside).sort()).toEqual([firstCommit, secondCommit, 'refs']);
  expect(readdirSync(path.join(outside, firstCommit))).toContain('model.safetensors');
});
