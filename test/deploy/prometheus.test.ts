// Every query of the board gives numbers, and every alert finds its series, in a real Prometheus that
// watches a real server under a short load.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../support/folders.ts';
import { program } from '../support/programs.ts';
import { exportedStoryteller } from '../support/storyteller.ts';
import { asAsked, queriesOf, readAlerts, readBoard, selectorsOf } from './board.ts';
import { WatchedServer } from './watched-server.ts';

const prometheus = program('prometheus');
const board = readBoard();
const alerts = readAlerts();
const queries = queriesOf(board).map(({ title, expr }) => ({ title, expr: asAsked(expr, '5m') }));

/** Of a server that rests when it is asked, or that has rows. */
const restsAtZero =
  /num_requests_|kv_cache_usage|cache_bytes\{[^}]*used|num_preemptions|open_sockets|^sum by \(state\)/;

describe.skipIf(prometheus.file === null)(`with Prometheus${prometheus.why}`, () => {
  let watched: WatchedServer;
  beforeAll(async () => {
    const artifact = await exportedStoryteller();
    const flags = ['--model', artifact, '--max-running', '2', '--max-queue', '2'];
    watched = await WatchedServer.start(prometheus.file!, temporaryFolder(), [
      ...flags,
      ...['--log-level', 'warn'],
    ]);
    await load(watched);
    await watched.caughtUp();
  }, 240_000);
  afterAll(() => watched?.stop());

  test.each(queries)('$title: $expr', async ({ expr }) => {
    const values = (await watched.query(expr)).map(({ value }) => value);
    expect(values.length).toBeGreaterThan(0);
    expect(values.some((value) => Number.isFinite(value))).toBe(true);
    if (!restsAtZero.test(expr)) expect(values.some((value) => value > 0)).toBe(true);
  });

  test("the board's marks of alerts are a query that Prometheus understands", async () => {
    for (const { expr } of board.annotations.list) {
      expect(await watched.query(asAsked(expr, '5m'))).toEqual([]);
    }
  });

  test.each(alerts)('$alert reads series that are there', async ({ expr }) => {
    const selectors = selectorsOf(expr);
    expect(selectors.length).toBeGreaterThan(0);
    for (const selector of selectors) {
      const [found] = await watched.query(`count(${selector})`);
      expect(found?.value, selector).toBeGreaterThan(0);
    }
  });

  test('Prometheus evaluates every alert, and raises none for a server that is well', async () => {
    const judged = async () => (await watched.rules()).map(({ health }) => health);
    await expect.poll(judged, { timeout: 30_000 }).toEqual(alerts.map(() => 'ok'));
    for (const { name, state, lastError } of await watched.rules()) {
      expect(lastError ?? '', name).toBe('');
      expect(state, name).not.toBe('firing');
    }
  });
});

/** Some of everything that is counted. */
async function load(watched: WatchedServer): Promise<void> {
  const story = {
    prompt: 'Once upon a time there was a king who',
    max_tokens: 24,
    ignore_eos: true,
  };
  const refrain = 'The fox ran and the dog ran and the cat ran. '.repeat(6);
  // Alone and repeating itself, so that it is drafted ahead; twice, so that its prompt is found.
  for (const max_tokens of [96, 96]) {
    expect(await watched.complete({ prompt: refrain, max_tokens, temperature: 0 })).toBe(200);
  }
  expect(await watched.complete({ ...story, top_k: 500 })).toBe(200);
  const answers = Array.from({ length: 12 }, () => watched.complete(story));
  const statuses = await Promise.all(answers);
  expect(statuses).toEqual(expect.arrayContaining([200, 429]));
  await watched.leave({ ...story, max_tokens: 400 });
  expect(await watched.askAs('pages.example')).toBe(403);
}
