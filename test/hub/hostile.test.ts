// What a hub may say and is not believed, and what it may not do.

import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CheckpointError } from '../../models/errors.ts';
import { HubServer, type Misbehaviour } from '../support/hub-server.ts';
import { clientOf, secondCommit, tinyRepo } from './pulling.ts';

const weights = 'model.safetensors';
const honest = tinyRepo().files[weights]!;

let server: HubServer;
beforeEach(async () => {
  server = await HubServer.start({ 'owner/tiny': tinyRepo() });
});
afterEach(async () => {
  await server.stop();
});

/** The error of a pull, after which nothing stands there that could be taken for a model. */
async function failure(client = clientOf(server)): Promise<Error & { problem?: string }> {
  const error = await client.pull().then(
    () => new Error('it was pulled'),
    (reason: Error) => reason,
  );
  const folder = path.join(client.cacheDirectory, 'models/owner--tiny');
  const shown = existsSync(folder)
    ? readdirSync(folder).filter((name) => !name.startsWith('.'))
    : [];
  expect(shown).toEqual([]);
  return error;
}

const partials = (cacheDirectory: string) =>
  readdirSync(path.join(cacheDirectory, 'models'), { recursive: true }).filter((name) =>
    String(name).endsWith('.partial'),
  );

describe('a file that is not what was promised', () => {
  const wrong = Buffer.from(honest).fill(7, 0, 10);
  test.each<[string, Misbehaviour, string, RegExp]>([
    ['other content', { content: wrong }, 'corrupt', /model\.safetensors: what came is not what/],
    [
      'less content, honestly announced',
      { content: honest.subarray(10) },
      'misbehaved',
      /lists \d+ bytes and sends \d+/,
    ],
    [
      'more content than promised',
      { content: Buffer.concat([honest, honest]), withoutLength: true },
      'misbehaved',
      /sends more than the \d+ bytes/,
    ],
    [
      'packed content',
      { headers: { 'content-encoding': 'gzip' } },
      'misbehaved',
      /sends it as gzip, which was not asked for/,
    ],
  ])('%s: refused, and deleted', async (_, reply, problem, message) => {
    server.misbehave(weights, reply);
    const client = clientOf(server);
    const error = await failure(client);
    expect(error).toMatchObject({ problem, message: expect.stringMatching(message) });
    expect(partials(client.cacheDirectory)).toEqual([]);
    await client.pull();
  });

  test.each([
    ['bytes 0-99/100', 'is of another part'],
    ['bytes 1000-1999/2000', 'is of a file of another size'],
    ['bytes 1000-999999999/*', 'goes beyond the end'],
    ['pages 1-2', 'is none'],
  ])('a range %s, which %s', async (range) => {
    server.misbehave(weights, { cutAfter: 1000 }, { headers: { 'content-range': range } });
    const error = await failure();
    expect(error).toMatchObject({ problem: 'misbehaved' });
    expect(error.message).toContain(`and sends ${range}`);
  });

  test('a small one is checked by its hash in git', async () => {
    const config = server.repos['owner/tiny']!.files['config.json']!;
    server.misbehave('config.json', { content: Buffer.from(config).fill(32, 0, 1) });
    expect(await failure()).toMatchObject({ problem: 'corrupt' });
  });
});

describe('a list of files that cannot be', () => {
  test.each([
    [{ lfs: { oid: 'a'.repeat(64), size: 2 ** 50 } }, /is said to have 1125899906842624 bytes/],
    [{ lfs: { oid: 'a'.repeat(64), size: -1 } }, /size is -1/],
    [{ lfs: { oid: 'a'.repeat(64), size: 1.5 } }, /size is 1\.5/],
    [{ lfs: { oid: '../..', size: 10 } }, /oid is "\.\.\/\.\."/],
    [{ lfs: 'yes' }, /lfs must be a JSON object/],
    [{ path: 7 }, /path is 7/],
    [{ type: [] }, /type is \[\]/],
  ])('%j', async (lie, message) => {
    server.lies.set(weights, lie);
    const error = await failure();
    expect(error).toMatchObject({ problem: 'misbehaved' });
    expect(error.message).toMatch(message);
    expect(server.requestsFor('/blobs/')).toEqual([]);
  });

  test('another size and hash than those beside the file', async () => {
    server.lies.set(weights, { lfs: { oid: 'a'.repeat(64), size: honest.length } });
    expect((await failure()).message).toMatch(/lists sha256 a{64} and then says/);
    server.lies.set(weights, { lfs: { oid: 'a'.repeat(64), size: 10 } });
    expect((await failure()).message).toMatch(/lists 10 bytes and then says/);
  });

  test('no list, or no JSON at all', async () => {
    server.misbehave('tree', { content: Buffer.from('{}') });
    expect((await failure()).message).toMatch(/is no list of files/);
    server.misbehave('revision', { content: Buffer.from('<html>Welcome!</html>') });
    expect((await failure()).message).toMatch(/seems not to be a hub \(HF_ENDPOINT\)/);
    server.misbehave('revision', { content: Buffer.from('{"sha": "main"}') });
    expect((await failure()).message).toMatch(/sha is "main"; supported: a commit/);
  });

  test('pages without end', async () => {
    server.misbehave(
      'tree',
      ...Array.from({ length: 101 }, () => ({
        content: Buffer.from('[]'),
        headers: { link: '</api/models/owner/tiny/tree/x?cursor=1>; rel="next"' },
      })),
    );
    server.repos['owner/tiny']!.files = {};
    expect((await failure()).message).toMatch(/more than 100 pages/);
  });

  test('a page without end', async () => {
    server.misbehave('tree', { content: Buffer.alloc(17 * 1024 ** 2, ' ') });
    expect((await failure()).message).toMatch(/is longer than 16777216 bytes/);
  });
});

describe('an index of shards', () => {
  test.each([
    ['../../../etc/cron.d/x', /names "\.\.\/\.\.\/\.\.\/etc\/cron\.d\/x", which is no plain/],
    ['/etc/passwd', /which is no plain file name/],
    ['.bashrc', /which is no plain file name/],
    ['a\\b', /which is no plain file name/],
    ['', /which is no plain file name/],
    [7, /names 7, which is no plain file name/],
    ['model-00001-of-00001.safetensors', /which is not there/],
  ])('that names %j is refused', async (name, message) => {
    const { [weights]: _, ...files } = server.repos['owner/tiny']!.files;
    const index = Buffer.from(JSON.stringify({ weight_map: { 'wte.weight': name } }));
    server.repos['owner/tiny']!.files = { ...files, 'model.safetensors.index.json': index };
    const error = await failure();
    expect(error).toMatchObject({ problem: 'misbehaved' });
    expect(error.message).toMatch(message);
  });

  test.each(['{}', '[]', 'null', '{"weight_map": {}}', 'nothing'])(
    '%s is refused',
    async (text) => {
      const { [weights]: _, ...files } = server.repos['owner/tiny']!.files;
      const index = { 'model.safetensors.index.json': Buffer.from(text) };
      server.repos['owner/tiny']!.files = { ...files, ...index };
      expect(await failure()).toMatchObject({ problem: 'misbehaved' });
    },
  );
});

describe('redirects', () => {
  test('in a circle', async () => {
    server.misbehave('config.json', {
      redirect: `/owner/tiny/resolve/${'1'.repeat(40)}/config.json`,
    });
    expect((await failure()).message).toMatch(/redirects in a circle/);
  });

  test('without end', async () => {
    const hop = (at: number) => ({ redirect: `?hop=${at}` });
    server.misbehave('config.json', ...Array.from({ length: 9 }, (_, at) => hop(at)));
    expect((await failure()).message).toMatch(/redirects more than 5 times/);
  });

  test.each(['file:///etc/passwd', 'ftp://127.0.0.1/x', 'data:text/plain,x'])(
    'to %s',
    async (redirect) => {
      server.misbehave('config.json', { redirect });
      expect((await failure()).message).toMatch(/redirects to an address of \w+:/);
    },
  );

  test('on the same host keep the token; to another one it never goes, nor through it', async () => {
    server.token = 'hf_secret';
    server.misbehave('config.json', { redirect: `${server.cdnOrigin}/blobs/x/config.json` });
    await failure(clientOf(server, { token: 'hf_secret' }));
    const outside = server.requests.filter((request) => request.server === 'cdn');
    expect(outside).toHaveLength(1);
    expect(JSON.stringify(outside)).not.toContain('hf_secret');

    server.misbehave('config.json', { redirect: '?again=1' });
    await clientOf(server, { token: 'hf_secret' }).pull();
    const again = server.requests.find(({ path: where }) => where.includes('again'));
    expect(again!.headers.authorization).toBe('Bearer hf_secret');
  });
});

test('a hub that answers with another commit than was asked for is not believed', async () => {
  server.misbehave('config.json', { headers: { 'x-repo-commit': secondCommit } });
  expect((await failure()).message).toMatch(/was asked for commit 1{40} and has 2{40}/);
});

describe('a model that could not be served is refused before anything large comes', () => {
  test.each([
    ['{"model_type": "llama"}', /owner\/tiny cannot be served: .*model_type is "llama".*gpt2/],
    ['{"model_type": "gpt2"}', /cannot be served: config\.json: n_embd is missing/],
    ['nothing', /cannot be served: config\.json is no JSON/],
  ])('%s', async (config, message) => {
    server.repos['owner/tiny']!.files['config.json'] = Buffer.from(config);
    const client = clientOf(server);
    expect((await failure(client)).message).toMatch(message);
    expect(server.requestsFor('/blobs/')).toEqual([]);
    expect(client.plans).toEqual([]);
    // And nothing is left of it.
    expect(readdirSync(path.join(client.cacheDirectory, 'models/owner--tiny'))).toEqual([]);
  });

  test('for what the exporter says of the rest', async () => {
    const client = clientOf(server, {
      inspect: (folder) => {
        expect(readdirSync(folder).sort()).toEqual(['config.json', 'generation_config.json']);
        throw new CheckpointError('vocab.txt is a WordPiece vocabulary');
      },
    });
    const { message } = await failure(client);
    expect(message).toBe('owner/tiny cannot be served: vocab.txt is a WordPiece vocabulary');
    expect(server.requestsFor('/blobs/')).toEqual([]);
    expect(readdirSync(path.join(client.cacheDirectory, 'models/owner--tiny'))).toEqual([]);
  });

  test('for its format', async () => {
    const { [weights]: _, 'pytorch_model.bin': __, ...files } = server.repos['owner/tiny']!.files;
    server.repos['owner/tiny']!.files = files;
    const error = await failure();
    expect(error).toMatchObject({ problem: 'unsupported' });
    expect(error.message).toMatch(
      /has no weights that can be read, but Keras; supported: model\.s/,
    );
  });

  test('for having no config', async () => {
    const { 'config.json': _, ...files } = server.repos['owner/tiny']!.files;
    server.repos['owner/tiny']!.files = files;
    expect((await failure()).message).toMatch(/owner\/tiny has no config\.json/);
  });
});
