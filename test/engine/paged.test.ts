// The whole engine over blocks says what the one over rows says: texts, endings, log-probabilities of
// tokens and of prompts, whatever is mixed, shared, forked, thrown out or aborted on the way.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SequenceRequest, StepReport } from '../../src/engine/protocol.ts';
import { devicePagedBackend } from '../../src/model/paged/paged-backend.ts';
import { freeDraw } from '../../src/sampling/parameters.ts';
import { greedy, request, scoring, TestBench, type TestEngine } from '../support/engine.ts';
import { HostStream } from '../support/host-stream.ts';
import { pagedTwin } from '../support/paged.ts';
import { PagedBench } from '../support/paged-engine.ts';
import { certainIds, exportedStoryteller, oracle } from '../support/storyteller.ts';

const { ids } = oracle.long;
// Among few: a draw from all 50,257 may fall between two of them where two sums differ in their last bits.
const drawn = { ...freeDraw, inverseTemperature: 0.7, topK: 40, seedLow: 11 };
const checkpointDirectory = 'models/storyteller';

let rows: TestBench;
let blocks: PagedBench;

beforeAll(async () => {
  rows = new TestBench(await exportedStoryteller());
  blocks = new PagedBench(
    await pagedTwin(checkpointDirectory, { blockSize: 16, contextLength: 192 }),
  );
});
afterAll(() => {
  rows.dispose();
  blocks.dispose();
});

/** Prompts of many lengths, some of which begin alike, and all ways of asking. */
function requests(count: number): SequenceRequest[] {
  return Array.from({ length: count }, (_, id) => {
    const start = id % 4 === 3 ? 0 : 11 * id;
    const prompt = ids.slice(start, start + 3 + ((id * 29) % 70));
    if (id % 5 === 4) return scoring(id, prompt, 2);
    const wishes = [greedy, drawn, { ...drawn, topP: 0.8, seedLow: id }][id % 3]!;
    const logprobCount = id % 4 === 0 ? 3 : null;
    return request(id, prompt, 4 + ((id * 7) % 24), wishes, [], { logprobCount });
  });
}

/** Submits some at a time, with steps between, and runs to the end. */
function drive(engine: TestEngine, all: readonly SequenceRequest[]): StepReport[] {
  const reports: StepReport[] = [];
  const step = () => {
    const report = engine.step();
    if (report !== null) reports.push(report);
    return report !== null;
  };
  all.forEach((each, index) => {
    engine.loop.submit(each);
    if (index % 3 === 2) for (let count = 0; count < 3; count++) step();
  });
  while (step());
  return reports;
}

/** All that was said of each request, in the order of their numbers. */
function said({ ids: texts, endings, tokenScores, prompts }: TestEngine) {
  const byId = <T>(map: ReadonlyMap<number, T>) => [...map].toSorted(([a], [b]) => a - b);
  const scores = byId(prompts).map(([id, news]) => [id, news.scores] as const);
  return { texts: byId(texts), endings: byId(endings), tokenScores: byId(tokenScores), scores };
}

/** Texts and ids are the same; log-probabilities as far as two ways of adding them up agree. */
function expectSame(engine: TestEngine, all: readonly SequenceRequest[]): void {
  const [found, expected] = [said(engine), overRows(all)];
  expect([found.texts, found.endings]).toEqual([expected.texts, expected.endings]);
  expectNear(found.tokenScores, expected.tokenScores);
  expectNear(found.scores, expected.scores);
}

function expectNear(found: unknown, expected: unknown): void {
  if (typeof expected === 'number') {
    expect(Math.abs((found as number) - expected)).toBeLessThan(2e-3);
  } else if (typeof expected === 'object' && expected !== null) {
    expect(Object.keys(found as object)).toEqual(Object.keys(expected));
    for (const [key, value] of Object.entries(expected)) {
      expectNear((found as Record<string, unknown>)[key], value);
    }
  } else expect(found).toBe(expected);
}

const alreadySaid = new Map<readonly SequenceRequest[], ReturnType<typeof said>>();

function overRows(all: readonly SequenceRequest[]) {
  const known = alreadySaid.get(all);
  if (known !== undefined) return known;
  const engine = rows.engine({ rowCount: 8, chunkTokens: 64, speculation: false });
  drive(engine, all);
  alreadySaid.set(all, said(engine));
  return said(engine);
}

const total = (reports: readonly StepReport[], what: 'preemptedCount' | 'prefixHitTokens') =>
  reports.reduce((sum, { work }) => sum + work[what], 0);

const phases = (reports: readonly StepReport[]) => new Set(reports.map(({ work }) => work.phase));

test('greedy texts are those of an independent implementation', () => {
  const engine = blocks.engine({ blockCount: 64, maxRunning: 8, stepTokens: 64 });
  oracle.prompts.forEach((prompt, id) => {
    engine.loop.submit(request(id, prompt.ids, prompt.greedy_ids.length));
  });
  engine.run();
  oracle.prompts.forEach((prompt, id) => {
    const certain = certainIds(prompt);
    expect(engine.ids.get(id)!.slice(0, certain.length)).toEqual(certain);
  });
});

describe('what is said is what an engine over rows says', () => {
  const all = requests(16);

  test.each([
    { name: 'room for everybody', blockCount: 128, maxRunning: 8, stepTokens: 96 },
    { name: 'small steps', blockCount: 128, maxRunning: 8, stepTokens: 8 },
    { name: 'nothing reused', blockCount: 128, maxRunning: 8, stepTokens: 64, prefixReuse: false },
    { name: 'one at a time', blockCount: 12, maxRunning: 1, stepTokens: 64 },
  ])('with $name', (options) => {
    const engine = blocks.engine(options);
    const reports = drive(engine, all);
    expectSame(engine, all);
    expect(engine.endings.size).toBe(16);
    const isMixing = options.maxRunning > 1;
    expect(phases(reports).has('mixed')).toBe(isMixing);
    expect(total(reports, 'prefixHitTokens') > 0).toBe(options.prefixReuse !== false);
    expect(engine.loop.step()).toBeNull();
    expect(reports.at(-1)!.load).toMatchObject({ runningCount: 0, usedRowCount: 0 });
  });

  test('on a device, whose steps of one token each are filled up', () => {
    const stream = new HostStream();
    const engine = blocks.engine({ blockCount: 128, maxRunning: 7, stepTokens: 64 }, (session) =>
      devicePagedBackend(session, stream, { mostGraphs: 16 }),
    );
    drive(engine, all);
    expectSame(engine, all);
  });

  test('where blocks run out and texts are thrown out, to be computed again', () => {
    // One context has 12 blocks of 16 tokens: with one more, few can grow side by side.
    const long = Array.from({ length: 6 }, (_, id) => {
      const prompt = ids.slice(9 * id, 9 * id + 10 + 5 * id);
      const wishes = id % 2 === 0 ? greedy : drawn;
      return request(id, prompt, 60, wishes, [], { logprobCount: id % 3 === 0 ? 2 : null });
    });
    const engine = blocks.engine({ blockCount: 13, maxRunning: 6, stepTokens: 64 });
    const reports = drive(engine, long);
    expectSame(engine, long);
    expect(total(reports, 'preemptedCount')).toBeGreaterThan(0);
  });
});

test('forks share the blocks of their prompt, and each goes on by itself', () => {
  const prompt = ids.slice(0, 75);
  const seeded = (seedLow: number) => ({ ...drawn, seedLow });
  const all = [0, 1, 2, 3].map((id) =>
    request(id, prompt, 30, seeded(id + 1), [], id === 0 ? {} : { forkOf: 0 }),
  );
  const engine = blocks.engine({ blockCount: 64, maxRunning: 8, stepTokens: 64 });
  const reports = drive(engine, all);
  expectSame(engine, all);
  // Four full blocks are everybody's; what is written to is each one's own.
  const most = Math.max(...reports.map(({ load }) => load.usedRowCount));
  expect(most).toBeLessThanOrEqual(4 + 4 * 3);
  expect(new Set([...engine.ids.values()].map(String)).size).toBe(4);
});

test('whoever is aborted gives back what he had, and the others do not notice', () => {
  const all = requests(12);
  const engine = blocks.engine({ blockCount: 64, maxRunning: 6, stepTokens: 32 });
  for (const each of all) engine.loop.submit(each);
  for (let count = 0; count < 6; count++) engine.step();
  for (const id of [0, 3, 7, 11]) engine.loop.abort(id);
  engine.run();
  const others = overRows(all);
  for (const [id, text] of others.texts) {
    if (engine.endings.get(id) === 'abort') {
      expect(text.slice(0, engine.ids.get(id)!.length)).toEqual(engine.ids.get(id));
    } else {
      expect(engine.ids.get(id)).toEqual(text);
    }
  }
  expect([...engine.endings.values()].filter((ending) => ending === 'abort')).not.toHaveLength(0);
});

test('a step that fails takes its own sequences with it, and no other', () => {
  let isBroken = false;
  const engine = blocks.engine(
    { blockCount: 64, maxRunning: 2, stepTokens: 32 },
    undefined,
    (model) => ({
      run: (plan) => {
        if (isBroken) throw new Error('the device is gone');
        return model.run(plan);
      },
    }),
  );
  const all = [0, 1, 2].map((id) => request(id, ids.slice(id, id + 12), 12));
  for (const each of all) engine.loop.submit(each);
  for (let count = 0; count < 3; count++) engine.step();
  isBroken = true;
  engine.step();
  isBroken = false;
  engine.run();
  expect(engine.endings.get(0)).toBe('error');
  expect(engine.failures.get(0)).toBe('the device is gone');
  expect(engine.endings.get(2)).toBe('length');
  expect(engine.ids.get(2)).toEqual(new Map(overRows(all).texts).get(2));
});
