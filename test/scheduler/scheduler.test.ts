import { describe, expect, test } from 'vitest';
import { finishCodes as reportedCodes } from '../../src/engine/protocol.ts';
import { RowCache } from '../../src/kv/row-cache.ts';
import { RowPool } from '../../src/kv/rows.ts';
import { freeDraw } from '../../src/sampling/parameters.ts';
import { finishCodes } from '../../src/scheduler/outcome.ts';
import type { DecodePlan, Plan, PrefillPlan } from '../../src/scheduler/plan.ts';
import { Scheduler } from '../../src/scheduler/scheduler.ts';
import { type SequenceRequest, unsaid } from '../../src/scheduler/sequence.ts';
import { takeNews } from './news.ts';

const sampling = { ...freeDraw, inverseTemperature: 2, topK: 5 };

function request(id: number, promptLength = 3, maxTokens = 7, stopIds: number[] = []) {
  const promptIds = Int32Array.from({ length: promptLength }, (_, index) => 100 * id + index);
  return { id, promptIds, maxTokens, stopIds, sampling, ...unsaid } satisfies SequenceRequest;
}

/** A scheduler whose every pick is 7, unless told otherwise. */
function start({
  rowCount = 4,
  maxRunning = 8,
  chunkTokens = 4,
  contextLength = 200,
  prefixReuse = false,
} = {}) {
  const rows = new RowPool({ rowCount, contextLength, rowBytes: 1000 });
  const cache = new RowCache(rows, prefixReuse);
  const scheduler = new Scheduler({ cache, maxRunning, chunkTokens });
  const step = (token = 7): Plan => {
    const plan = scheduler.plan()!;
    scheduler.commit(plan, new Int32Array(rowCount).fill(token));
    scheduler.checkIntegrity();
    return plan;
  };
  const news = () => takeNews(scheduler.outcome);
  /** Submits sequences and prefills all their prompts, one chunk each. */
  const running = (...requests: SequenceRequest[]) => {
    for (const request of requests) scheduler.submit(request);
    while (scheduler.load.waitingCount > 0) step();
    news();
  };
  return { rows, cache, scheduler, step, news, running };
}

const entries = (plan: Plan) => {
  const { firstRow, rowCount, sequences, tokens, lengths } = plan as DecodePlan;
  return Array.from({ length: rowCount }, (_, index) => ({
    row: firstRow + index,
    id: sequences[index]?.id ?? null,
    token: tokens[index],
    length: lengths[index],
  }));
};

describe('a text from prompt to end', () => {
  test('the prompt goes in chunks, and the last gives the first token', () => {
    const { scheduler, step, news } = start();
    scheduler.submit(request(1, 9, 3));
    const chunks = [step(), step()].map((plan) => {
      const { firstRow, width, chunks } = plan as PrefillPlan;
      return chunks.map(({ start, tokens, isLast }) => {
        return { firstRow, width, start, tokens: [...tokens], isLast };
      });
    });
    expect(chunks).toEqual([
      [{ firstRow: 0, width: 4, start: 0, tokens: [100, 101, 102, 103], isLast: false }],
      [{ firstRow: 0, width: 5, start: 4, tokens: [104, 105, 106, 107, 108], isLast: true }],
    ]);
    expect(news()).toEqual([[1, 7, null]]);
    expect(entries(step(8))).toEqual([{ row: 0, id: 1, token: 7, length: 9 }]);
    expect(entries(step(9))).toEqual([{ row: 0, id: 1, token: 8, length: 10 }]);
    expect(news()).toEqual([
      [1, 8, null],
      [1, 9, 'length'],
    ]);
    expect(scheduler.plan()).toBeNull();
    expect(scheduler.load).toEqual({
      runningCount: 0,
      waitingCount: 0,
      usedRowCount: 0,
      cachedRowCount: 0,
      freeRowCount: 4,
      usedCacheBytes: 0,
    });
  });

  test('a plan says how each token is to be drawn', () => {
    const { scheduler } = start();
    scheduler.submit(request(1));
    const chunk = scheduler.plan() as PrefillPlan;
    expect(chunk.chunks[0]!.sequence).toMatchObject({ tokenIndex: 0, sampling });
    scheduler.commit(chunk, Int32Array.of(7));
    for (const index of [1, 2]) {
      const plan = scheduler.plan() as DecodePlan;
      expect(plan.sequences[0]).toMatchObject({ tokenIndex: index, sampling });
      scheduler.commit(plan, Int32Array.of(7));
    }
  });

  test('a stop token ends it and is reported, even as the very first', () => {
    const { scheduler, step, news } = start();
    scheduler.submit(request(1, 3, 10, [50, 60]));
    step(60);
    expect(news()).toEqual([[1, 60, 'stop']]);
    expect(scheduler.plan()).toBeNull();
  });

  test('a stop token in the last place is a stop', () => {
    const { scheduler, step, news } = start();
    scheduler.submit(request(1, 3, 1, [60]));
    step(60);
    expect(news()).toEqual([[1, 60, 'stop']]);
  });

  test('a text may fill the context to the last token', () => {
    const { scheduler, step, news } = start({ contextLength: 6 });
    scheduler.submit(request(1, 4, 2));
    scheduler.submit(request(2, 1, 5));
    for (let count = 0; scheduler.load.runningCount + scheduler.load.waitingCount > 0; count += 1) {
      step();
      expect(count).toBeLessThan(20);
    }
    expect(news().filter(([, , finish]) => finish === 'length')).toHaveLength(2);
  });

  test('a prompt of one token alone is a first prompt, then decodes', () => {
    const { scheduler, step } = start();
    scheduler.submit(request(1, 1));
    expect(step()).toMatchObject({ kind: 'prefill', chunks: [{ start: 0, isLast: true }] });
    expect(step()).toMatchObject({ kind: 'decode', totalLength: 2 });
  });
});

describe('giving up', () => {
  test('an abort ends a text at once where it waits, is in prefill or decodes', () => {
    const { scheduler, step, news, running } = start({ rowCount: 2 });
    running(request(1));
    scheduler.submit(request(2, 20));
    scheduler.submit(request(3));
    while (scheduler.load.waitingCount > 1) step();
    news();
    for (const id of [1, 2, 3, 3, 99]) scheduler.abort(id);
    scheduler.checkIntegrity();
    expect(news()).toEqual([
      [1, -1, 'abort'],
      [2, -1, 'abort'],
      [3, -1, 'abort'],
    ]);
    expect(scheduler.load).toMatchObject({ runningCount: 0, waitingCount: 0, usedRowCount: 0 });
    expect(scheduler.plan()).toBeNull();
  });

  test('a chunk that fails takes its own sequence with it and no other', () => {
    const { scheduler, step, news, running } = start();
    running(request(1));
    scheduler.submit(request(2));
    scheduler.submit(request(3));
    let plan = scheduler.plan()!;
    if (plan.kind === 'decode') {
      scheduler.commit(plan, Int32Array.of(7));
      plan = scheduler.plan()!;
    }
    news();
    scheduler.fail(plan, 'out of memory');
    expect(scheduler.outcome.failures).toEqual(new Map([[2, 'out of memory']]));
    expect(news()).toEqual([[2, -1, 'error']]);
    expect(scheduler.outcome.failures).toBeNull();
    step();
    step();
    expect(news().map(([id]) => id)).toEqual([1, 3]);
  });

  test('a decode step that fails spares who waits and who is in prefill', () => {
    const { scheduler, step, news, running } = start();
    running(request(1), request(2));
    scheduler.submit(request(3, 9));
    scheduler.submit(request(4));
    while (step().kind === 'decode');
    news();
    const plan = scheduler.plan()!;
    expect(plan.kind).toBe('decode');
    scheduler.fail(plan, 'broken');
    scheduler.checkIntegrity();
    expect(news()).toEqual([
      [1, -1, 'error'],
      [2, -1, 'error'],
    ]);
    step();
    expect(news()).toEqual([[3, 7, null]]);
  });
});

describe('the rows of a decode step', () => {
  test('holes run along, just past what they keep; rows beyond the ends do not', () => {
    const { scheduler, step, running } = start({ rowCount: 5, maxRunning: 5 });
    running(request(1), request(2), request(3), request(4), request(5));
    for (const id of [1, 3, 5]) scheduler.abort(id);
    scheduler.submit(request(6, 9)); // fills row 2 and keeps 1 and 4 from being moved
    scheduler.submit(request(7, 9));
    while (step().kind === 'decode');
    expect(entries(step())).toMatchObject([
      { row: 1, id: 2 },
      { row: 2, id: null, token: 0, length: 4 },
      { row: 3, id: 4 },
    ]);
  });

  test('the longest row tells the total length, be it a hole', () => {
    const { scheduler, step, running } = start({ rowCount: 3 });
    running(request(1, 3, 50), request(2), request(3, 3, 50));
    scheduler.abort(2);
    scheduler.submit(request(4, 50));
    let plan = step();
    while (plan.kind !== 'prefill' || plan.chunks[0]!.start < 20) plan = step();
    expect(step()).toMatchObject({ kind: 'decode', totalLength: 25 });
  });

  test('a plan is written into the same memory each time', () => {
    const { step, running } = start();
    running(request(1));
    const first = step() as DecodePlan;
    const { tokens, lengths, sequences } = first;
    const second = step() as DecodePlan;
    expect(second).toBe(first);
    expect([second.tokens, second.lengths, second.sequences]).toEqual([tokens, lengths, sequences]);
    expect(second.tokens).toBe(tokens);
  });
});

describe('closing a hole', () => {
  test('the shorter end moves into it, when nobody waits', () => {
    const { scheduler, step, running } = start();
    running(request(1, 4), request(2, 3), request(3, 3));
    scheduler.abort(2);
    const plan = step();
    expect(plan).toMatchObject({ copies: [{ fromRow: 2, toRow: 1 }], firstRow: 0, rowCount: 2 });
    expect(plan.copies[0]!.tokenCount).toBe((plan as DecodePlan).lengths[1]);
    expect(entries(plan).map(({ id }) => id)).toEqual([1, 3]);
    expect(step()).toMatchObject({ copies: [] });
  });

  test('one move a step, until the run has no holes', () => {
    const { scheduler, step, running } = start({ rowCount: 6 });
    running(...[1, 2, 3, 4, 5, 6].map((id) => request(id, 3, 100)));
    for (const id of [2, 3, 5]) scheduler.abort(id);
    expect(step()).toMatchObject({ copies: [{ fromRow: 5, toRow: 1 }], rowCount: 4 });
    expect(step()).toMatchObject({ copies: [{ fromRow: 3, toRow: 2 }], rowCount: 3 });
    expect(step()).toMatchObject({ copies: [], rowCount: 3 });
  });

  test('not while somebody waits for a row', () => {
    const { scheduler, step, running } = start({ maxRunning: 3 });
    running(request(1), request(2), request(3));
    scheduler.abort(2);
    scheduler.submit(request(4));
    scheduler.submit(request(5));
    const plan = step().kind === 'decode' ? step() : step();
    expect(plan.copies).toEqual([]);
  });

  test('not when a long text has little left to say', () => {
    const { scheduler, step, running } = start({ chunkTokens: 199 });
    running(request(1, 150, 5), request(2, 10, 20), request(3, 150, 3));
    scheduler.abort(2);
    expect(step()).toMatchObject({ copies: [], rowCount: 3 });
  });
});

test('who breaks the protocol is told', () => {
  const { scheduler, cache } = start({ contextLength: 10 });
  expect(() => scheduler.submit(request(1, 0))).toThrow('has a prompt');
  expect(() => scheduler.submit(request(1, 5, 6))).toThrow('fit in the context');
  scheduler.submit(request(1));
  expect(() => scheduler.submit(request(1))).toThrow('an id is unique');
  const plan = scheduler.plan()!;
  expect(() => scheduler.plan()).toThrow('committed or failed before the next');
  expect(() => scheduler.abort(1)).toThrow('between steps');
  expect(() => scheduler.submit(request(2))).toThrow('between steps');
  scheduler.commit(plan, Int32Array.of(7));
  expect(() => scheduler.commit(plan, Int32Array.of(7))).toThrow('once');
  expect(() => new Scheduler({ cache, maxRunning: 1, chunkTokens: 1 })).toThrow('decode kernel');
});

test('the scheduler and the reports number the endings alike', () => {
  expect(finishCodes).toEqual(reportedCodes);
});
