// Prefix reuse on the real model: it saves work and changes no bit.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SequenceRequest, TokenScore } from '../../src/engine/protocol.ts';
import { freeDraw } from '../../src/sampling/parameters.ts';
import { greedy, request, scoring, TestBench, type TestEngine } from '../support/engine.ts';
import { exportedStoryteller, oracle } from '../support/storyteller.ts';

let bench: TestBench;
beforeAll(async () => {
  bench = new TestBench(await exportedStoryteller());
});
afterAll(() => bench.dispose());

const text = oracle.text.ids;

/** What each request comes to by itself, in a cache of its own. */
function alone(subject: SequenceRequest): { ids: number[]; scores: readonly TokenScore[] } {
  const engine = bench.engine({ rowCount: 1, chunkTokens: 16 });
  engine.loop.submit({ ...subject, forkOf: null });
  engine.run();
  return { ids: engine.ids.get(subject.id)!, scores: engine.prompts.get(subject.id)!.scores };
}

function prefilledTokens(engine: TestEngine): number {
  let count = 0;
  for (let report = engine.step(); report !== null; report = engine.step()) {
    if (report.work.phase === 'prefill') count += report.work.tokenCount;
  }
  return count;
}

test('a context asked about again is not computed again', () => {
  const engine = bench.engine({ rowCount: 3, chunkTokens: 16 });
  const questions = [0, 1, 2].map((index) => {
    return [...text.slice(0, 100), ...text.slice(300 + 10 * index, 305 + 10 * index)];
  });
  questions.forEach((ids, id) => {
    engine.loop.submit(request(id, ids, 6));
    expect(prefilledTokens(engine)).toBe(id === 0 ? 105 : 5);
    expect(engine.prompts.get(id)!.cachedTokenCount).toBe(id === 0 ? 0 : 100);
    expect(engine.ids.get(id)).toEqual(alone(request(id, ids, 6)).ids);
  });
  engine.loop.forget();
  engine.loop.submit(request(9, questions[0]!, 6));
  expect(prefilledTokens(engine)).toBe(105);
});

test('a running context serves others at once, and reports say how much', () => {
  const engine = bench.engine({ rowCount: 3, chunkTokens: 64 });
  engine.loop.submit(request(0, text.slice(0, 60), 30));
  engine.step();
  engine.loop.submit(request(1, text.slice(0, 61), 5));
  let report = engine.step()!;
  while (report.work.phase !== 'prefill') report = engine.step()!;
  expect(report.work).toMatchObject({
    tokenCount: 2,
    prefixQueriedTokens: 61,
    prefixHitTokens: 59,
  });
  expect([...report.admitted]).toEqual([1]);
  engine.run();
  expect(engine.loop.step()).toBeNull();
  expect(engine.ids.get(1)).toEqual(alone(request(1, text.slice(0, 61), 5)).ids);
});

test('rows of those who ended or left are counted as cached', () => {
  const engine = bench.engine({ rowCount: 3, chunkTokens: 64 });
  engine.loop.submit(request(0, text.slice(0, 30), 1));
  engine.loop.submit(request(1, text.slice(30, 60), 50));
  for (let step = 0; step < 6; step += 1) engine.step();
  engine.loop.abort(1);
  const { load } = engine.step()!;
  expect(load).toMatchObject({ usedRowCount: 0, cachedRowCount: 2, freeRowCount: 1 });
});

describe('scores from reuse', () => {
  test.each([2, 50, 51, 137])(
    'are those of the whole prompt, to the last bit: %i in common',
    (n) => {
      const engine = bench.engine({ rowCount: 2, chunkTokens: 37 });
      const other = [...text.slice(0, n), ...text.slice(500, 550)];
      const subject = scoring(1, text.slice(0, 200), 3);
      engine.loop.submit(scoring(0, other, 5));
      engine.run();
      engine.loop.submit(subject);
      engine.run();
      expect(engine.prompts.get(1)!.cachedTokenCount).toBe(n - 1);
      expect(engine.prompts.get(1)!.scores).toEqual(alone(subject).scores);
      engine.loop.submit({ ...subject, id: 2 });
      engine.run();
      expect(engine.prompts.get(2)).toEqual({
        id: 2,
        cachedTokenCount: 198,
        scores: engine.prompts.get(1)!.scores,
      });
    },
  );

  test('are computed where the prompt was generated from before, unscored', () => {
    const engine = bench.engine({ rowCount: 2, chunkTokens: 37 });
    const subject = scoring(1, text.slice(0, 90), 1);
    engine.loop.submit(request(0, text.slice(0, 90), 4));
    engine.run();
    engine.loop.submit(subject);
    engine.run();
    expect(engine.prompts.get(1)!.cachedTokenCount).toBe(0);
    expect(engine.prompts.get(1)!.scores).toEqual(alone(subject).scores);
  });
});

test('whatever the schedule, everybody gets what he gets alone', () => {
  const known = new Map<string, ReturnType<typeof alone>>();
  const submission = fc.record({
    start: fc.constantFrom(0, 0, 1),
    length: fc.integer({ min: 1, max: 70 }),
    tail: fc.constantFrom(0, 0, 3, 11),
    maxTokens: fc.integer({ min: 1, max: 6 }),
    isGreedy: fc.boolean(),
    promptLogprobCount: fc.option(fc.nat(2)),
    isFork: fc.boolean(),
    steps: fc.nat(8),
    aborts: fc.boolean(),
  });
  let cachedTokenCount = 0;
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.array(submission, { minLength: 4, maxLength: 10 }),
      (rowCount, submissions) => {
        const engine = bench.engine({ rowCount, chunkTokens: 16 });
        const submitted: SequenceRequest[] = [];
        for (const [id, chosen] of submissions.entries()) {
          const { start, length, tail, maxTokens, isGreedy, promptLogprobCount } = chosen;
          const before = submitted.at(-1);
          const forkOf = chosen.isFork && before !== undefined ? before.id : null;
          const own = [...text.slice(start, start + length), ...text.slice(900, 900 + tail)];
          const ids = forkOf === null ? own : [...before!.promptIds];
          const sampling = isGreedy ? greedy : { ...freeDraw, seedLow: length, sampleIndex: tail };
          const further = { promptLogprobCount, forkOf };
          const subject = request(id, ids, maxTokens, sampling, [], further);
          submitted.push(subject);
          engine.loop.submit(subject);
          for (let step = 0; step < chosen.steps; step += 1) engine.step();
          if (chosen.aborts) engine.loop.abort(Math.floor(id / 2));
        }
        engine.run();
        for (const subject of submitted) {
          const { id, forkOf, ...asked } = subject;
          const key = JSON.stringify({ ...asked, promptIds: [...asked.promptIds] });
          const expected = known.get(key) ?? alone(subject);
          known.set(key, expected);
          const found = engine.ids.get(id)!;
          cachedTokenCount += engine.prompts.get(id)?.cachedTokenCount ?? 0;
          if (engine.endings.get(id) !== 'abort') {
            expect(found).toEqual(expected.ids);
            expect(engine.prompts.get(id)!.scores).toEqual(expected.scores);
          } else expect(found).toEqual(expected.ids.slice(0, found.length));
        }
      },
    ),
    { numRuns: 12 },
  );
  expect(cachedTokenCount).toBeGreaterThan(300);
});
