// What a pull brings, and where it stands then.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parseModelName } from '../../src/hub/model-name.ts';
import { findPulled } from '../../src/hub/pulled.ts';
import { HubServer, sha256 } from '../support/hub-server.ts';
import { clientOf, firstCommit, secondCommit, tinyRepo } from './pulling.ts';

let server: HubServer;
beforeEach(async () => {
  server = await HubServer.start({ 'owner/tiny': tinyRepo() });
});
afterEach(async () => {
  await server.stop();
});

const found = (cacheDirectory: string, name: string) =>
  findPulled(cacheDirectory, parseModelName(name)!);

test('a pull brings what serving needs, in the best format, and nothing else', async () => {
  const client = clientOf(server);
  const { folder } = await client.pull();
  expect(readdirSync(folder).sort()).toEqual([
    'config.json',
    'generation_config.json',
    'kvasir-pull.json',
    'model.safetensors',
  ]);
  for (const [name, content] of Object.entries(server.repos['owner/tiny']!.files)) {
    if (!readdirSync(folder).includes(name)) continue;
    expect(readFileSync(path.join(folder, name)).equals(content)).toBe(true);
  }
  expect(folder).toBe(path.join(client.cacheDirectory, 'models/owner--tiny', firstCommit));
});

test('what was pulled says where it is from and what it consists of', async () => {
  const client = clientOf(server);
  const pulled = await client.pull();
  expect(found(client.cacheDirectory, 'owner/tiny')).toEqual(pulled);
  expect(pulled).toMatchObject({
    endpoint: `${server.origin}/`,
    repo: 'owner/tiny',
    commit: firstCommit,
    revisions: ['main'],
  });
  const weights = server.repos['owner/tiny']!.files['model.safetensors']!;
  expect(pulled.files).toContainEqual({
    name: 'model.safetensors',
    bytes: weights.length,
    sha256: sha256(weights),
  });
});

test('how much will come is said before it does, and how much has come as it does', async () => {
  const client = clientOf(server);
  await client.pull();
  const { files } = server.repos['owner/tiny']!;
  const bytes = ['config.json', 'generation_config.json', 'model.safetensors'].reduce(
    (sum, name) => sum + files[name]!.length,
    0,
  );
  expect(client.plans).toEqual([
    {
      commit: firstCommit,
      fileCount: 3,
      bytes,
      bytesBrought: bytes - files['model.safetensors']!.length,
      bytesThere: 0,
    },
  ]);
  expect(client.progress.at(-1)).toEqual({ done: bytes, total: bytes });
});

test('the token goes to the hub, and not to the host that it redirects to', async () => {
  server.token = 'hf_secret';
  await clientOf(server, { token: 'hf_secret' }).pull();
  const ofCdn = server.requests.filter((request) => request.server === 'cdn');
  expect(ofCdn).toHaveLength(1);
  for (const { server: where, headers } of server.requests) {
    expect(headers.authorization).toBe(where === 'hub' ? 'Bearer hf_secret' : undefined);
    expect(headers['accept-encoding']).toBe('identity');
  }
});

test('a second pull of the same commit asks which it is, and for nothing else', async () => {
  const client = clientOf(server);
  const first = await client.pull();
  server.requests.length = 0;
  expect(await client.pull()).toEqual(first);
  expect(server.requests.map(({ path }) => path)).toEqual(['/api/models/owner/tiny/revision/main']);
});

test('a list of files may come in pages', async () => {
  server.pageSize = 2;
  await clientOf(server).pull();
  expect(server.requests.filter(({ path }) => path.includes('/tree/'))).toHaveLength(4);
});

test('a new commit is pulled beside the old one, without the weights that are the same', async () => {
  const client = clientOf(server);
  const old = await client.pull();
  const repo = { ...server.repos['owner/tiny']!, commit: secondCommit };
  repo.files = { ...repo.files, 'generation_config.json': Buffer.from('{}') };
  server.repos['owner/tiny'] = repo;
  server.requests.length = 0;
  const pulled = await client.pull();
  expect(pulled.commit).toBe(secondCommit);
  expect(pulled.files.map(({ name }) => name)).toContain('model.safetensors');
  expect(server.requestsFor('model.safetensors')).toHaveLength(0);
  expect(statSync(path.join(pulled.folder, 'model.safetensors')).nlink).toBe(2);
  expect(found(client.cacheDirectory, 'owner/tiny')?.commit).toBe(secondCommit);
  expect(found(client.cacheDirectory, `owner/tiny@${firstCommit.slice(0, 7)}`)).toMatchObject({
    folder: old.folder,
    revisions: [],
  });
});

test('a revision is a branch, a tag or a commit', async () => {
  server.repos['owner/tiny']!.revisions = { 'v1.0': firstCommit, 'refs/pr/1': firstCommit };
  const client = clientOf(server);
  for (const revision of ['v1.0', 'refs/pr/1', firstCommit]) {
    expect((await client.pull(`owner/tiny@${revision}`)).commit).toBe(firstCommit);
    expect(found(client.cacheDirectory, `owner/tiny@${revision}`)?.commit).toBe(firstCommit);
  }
  expect(found(client.cacheDirectory, 'owner/tiny')).toBeNull();
});

describe('weights', () => {
  test('in shards are brought with their index', async () => {
    const repo = server.repos['owner/tiny']!;
    const { 'model.safetensors': weights, ...rest } = repo.files;
    const shards = {
      'model-00001-of-00002.safetensors': weights!.subarray(0, 1000),
      'model-00002-of-00002.safetensors': weights!.subarray(1000),
    };
    const [one, two] = Object.keys(shards);
    const index = JSON.stringify({ weight_map: { a: one, b: two, c: one } });
    const files = { ...rest, ...shards, 'model.safetensors.index.json': Buffer.from(index) };
    server.repos['owner/tiny'] = { ...repo, files };
    const { folder } = await clientOf(server).pull();
    expect(readdirSync(folder)).toEqual(
      expect.arrayContaining([one, two, 'model.safetensors.index.json']),
    );
    expect(readdirSync(folder)).not.toContain('pytorch_model.bin');
  });

  test('of PyTorch are taken where there are no others', async () => {
    const { 'model.safetensors': _, ...files } = server.repos['owner/tiny']!.files;
    server.repos['owner/tiny']!.files = files;
    const { folder } = await clientOf(server).pull();
    expect(readdirSync(folder)).toContain('pytorch_model.bin');
  });
});
