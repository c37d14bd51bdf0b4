// Whatever happens to the connections of a pull, what stands there in the end is what the hub has.

import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HubServer, type Misbehaviour } from '../support/hub-server.ts';
import { clientOf, tinyRepo } from './pulling.ts';

const weights = 'model.safetensors';
const honest = tinyRepo().files[weights]!;
const middle = Math.floor(honest.length / 2);

let server: HubServer;
beforeEach(async () => {
  server = await HubServer.start({ 'owner/tiny': tinyRepo() });
});
afterEach(async () => {
  await server.stop();
});

const ranges = () =>
  server.requests
    .filter((request) => request.server === 'cdn')
    .map(({ headers }) => [headers.range ?? null, headers['if-range'] === undefined ? '' : 'if']);

async function pulledWeights(client = clientOf(server)): Promise<Buffer> {
  const { folder } = await client.pull();
  return readFileSync(path.join(folder, weights));
}

test('a connection that is cut is made again, and goes on where it was', async () => {
  server.misbehave(weights, { cutAfter: 1000 }, { cutAfter: 500 }, { cutAfter: 1 });
  const client = clientOf(server);
  expect((await pulledWeights(client)).equals(honest)).toBe(true);
  expect(ranges()).toEqual([
    [null, ''],
    ['bytes=1000-', 'if'],
    ['bytes=1500-', 'if'],
    ['bytes=1501-', 'if'],
  ]);
  expect(client.clock.slept).toEqual([1000, 1000, 1000]);
  expect(client.pauses).toHaveLength(3);
});

test('pauses get longer while nothing gets on, and then it is given up', async () => {
  server.misbehave(weights, ...Array.from({ length: 6 }, () => ({ status: 503 })));
  const client = clientOf(server);
  await expect(client.pull()).rejects.toMatchObject({
    problem: 'unreachable',
    message: expect.stringContaining('answers 503, 6 times in a row'),
  });
  expect(client.clock.slept).toEqual([1000, 2000, 4000, 8000, 16_000]);
});

test('a server that cuts at the same place each time, from the start, is given up', async () => {
  server.misbehave(
    weights,
    ...Array.from({ length: 9 }, () => ({ cutAfter: 700, ignoreRange: true })),
  );
  await expect(clientOf(server).pull()).rejects.toMatchObject({ problem: 'unreachable' });
});

test('a reply that just ends is not taken for the whole', async () => {
  const half = honest.subarray(0, middle);
  server.misbehave(weights, { content: half, withoutLength: true });
  expect((await pulledWeights()).equals(honest)).toBe(true);
  expect(ranges()).toEqual([
    [null, ''],
    [`bytes=${middle}-`, 'if'],
  ]);
});

test('a server that knows no ranges starts again', async () => {
  server.misbehave(weights, { cutAfter: 1000 }, { ignoreRange: true });
  expect((await pulledWeights()).equals(honest)).toBe(true);
});

test('a file that becomes another one midway is begun again', async () => {
  const other = Buffer.from(honest).fill(7, 0, 900);
  server.misbehave(weights, { content: other, etag: '"other"', cutAfter: 1000 });
  expect((await pulledWeights()).equals(honest)).toBe(true);
  expect(server.requestsFor('/blobs/')).toHaveLength(2);
});

test('and so where the server overlooks that the condition fails', async () => {
  const other = Buffer.from(honest).fill(7, 0, 900);
  server.misbehave(
    weights,
    { content: other, etag: 'W/"weak"', cutAfter: 1000 },
    { etag: 'W/"other"' },
  );
  expect((await pulledWeights()).equals(honest)).toBe(true);
  expect(ranges()).toEqual([
    [null, ''],
    ['bytes=1000-', ''],
    [null, ''],
  ]);
});

test('pieces of two files are told from one by the hash, and begun again', async () => {
  const other = Buffer.from(honest).fill(7, 0, 900);
  const etag = '"both"';
  server.misbehave(weights, { content: other, etag, cutAfter: 1000 }, { etag });
  expect((await pulledWeights()).equals(honest)).toBe(true);
  expect(server.requestsFor('/blobs/')).toHaveLength(3);
});

test('a server that has no rest is asked for the whole', async () => {
  server.misbehave(weights, { cutAfter: 1000 }, { status: 416 });
  expect((await pulledWeights()).equals(honest)).toBe(true);
});

test.each([
  [{ status: 429, headers: { 'retry-after': '7' } }, 7000],
  [{ status: 503, headers: { 'retry-after': 'soon' } }, 1000],
])('a server that says when to come back is taken at its word: %j', async (reply, pause) => {
  server.misbehave(weights, reply);
  const client = clientOf(server);
  expect((await pulledWeights(client)).equals(honest)).toBe(true);
  expect(client.clock.slept).toEqual([pause]);
});

test('a server that wants an hour is not waited for', async () => {
  server.misbehave('revision', { status: 429, headers: { 'retry-after': '3600' } });
  const client = clientOf(server);
  await expect(client.pull()).rejects.toThrow(/answers 429.*left alone for 3600 s/);
  expect(client.clock.slept).toEqual([]);
});

test.each(['revision', 'tree', 'config.json'])('%s is asked for again, too', async (what) => {
  server.misbehave(what, { status: 500 }, { cutAfter: 10 }, { status: 502 });
  expect((await pulledWeights()).equals(honest)).toBe(true);
});

describe('a connection over which nothing comes', () => {
  test.each([0, 1000])('after %j bytes is cut after 30 s and made again', async (stallAfter) => {
    server.misbehave(weights, { stallAfter });
    const stalled = server.stalled();
    const client = clientOf(server);
    const pulled = pulledWeights(client);
    await stalled;
    await until(() => stallAfter === 0 || client.progress.length > 0);
    client.clock.advance(30_000); // in which that much did come
    client.clock.advance(30_000);
    expect((await pulled).equals(honest)).toBe(true);
    expect(client.pauses).toEqual([expect.stringMatching(/came for 30 s/)]);
  });

  test('before it answers, too', async () => {
    server.misbehave('tree', { stallAfter: 0 });
    const stalled = server.stalled();
    const client = clientOf(server);
    const pulled = pulledWeights(client);
    await stalled;
    client.clock.advance(60_000);
    expect((await pulled).equals(honest)).toBe(true);
  });
});

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

describe('what an earlier pull left', () => {
  test('is gone on from, however it ended', async () => {
    server.misbehave(
      weights,
      { cutAfter: 1000 },
      ...Array.from({ length: 5 }, () => ({ status: 500 })),
    );
    const first = clientOf(server);
    await expect(first.pull()).rejects.toThrow(/answers 500/);
    server.requests.length = 0;
    const second = clientOf(server, first);
    expect((await pulledWeights(second)).equals(honest)).toBe(true);
    expect(ranges()).toEqual([['bytes=1000-', '']]);
    expect(second.plans[0]!.bytesThere).toBe(1000);
    expect(readdirSync(path.join(first.cacheDirectory, 'models/owner--tiny')).sort()).toEqual([
      '1'.repeat(40),
      'refs',
    ]);
  });

  test('is checked, and begun again where it is something else', async () => {
    const other = Buffer.from(honest).fill(7, 0, 900);
    server.misbehave(
      weights,
      { content: other, cutAfter: 1000 },
      ...Array.from({ length: 5 }, () => ({ status: 500 })),
    );
    const first = clientOf(server);
    await expect(first.pull()).rejects.toThrow(/answers 500/);
    expect((await pulledWeights(clientOf(server, first))).equals(honest)).toBe(true);
  });
});

test('whatever the sequence of cuts, the file that comes is the file that is there', async () => {
  const reply = (length: number): fc.Arbitrary<Misbehaviour> =>
    fc.oneof(
      { weight: 4, arbitrary: fc.record({ cutAfter: fc.integer({ min: 1, max: length }) }) },
      fc
        .record({ stallAfter: fc.constant(0), status: fc.constantFrom(429, 500, 503) })
        .map(({ status }) => ({ status })),
      fc.constant({ status: 416 }),
      fc.constant({ ignoreRange: true, cutAfter: 5 }),
    );
  const scenario = fc
    .integer({ min: 0, max: 5000 })
    .chain((length) =>
      fc.tuple(
        fc.constant(length),
        fc.array(reply(Math.max(1, length)), { maxLength: 12 }),
        fc.boolean(),
      ),
    );
  await fc.assert(
    fc.asyncProperty(scenario, async ([length, replies, isSmall]) => {
      const content = randomBytes(length);
      const repo = tinyRepo();
      repo.files[weights] = content;
      if (isSmall) repo.small = [...repo.small, weights];
      server.repos['owner/tiny'] = repo;
      server.next.clear();
      server.misbehave(weights, ...replies);
      let client = clientOf(server);
      // It may give up after six failures in a row, and be started again by hand.
      for (;;) {
        try {
          expect((await pulledWeights(client)).equals(content)).toBe(true);
          break;
        } catch (error) {
          expect(error).toMatchObject({ problem: 'unreachable' });
          client = clientOf(server, client);
        }
      }
    }),
    { numRuns: 60 },
  );
});
