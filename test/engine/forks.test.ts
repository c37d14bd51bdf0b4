// Several samples of one prompt, on the real model: each is what it is alone.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SequenceRequest } from '../../src/engine/protocol.ts';
import { freeDraw } from '../../src/sampling/parameters.ts';
import { request, TestBench } from '../support/engine.ts';
import { exportedStoryteller, oracle } from '../support/storyteller.ts';

let bench: TestBench;
beforeAll(async () => {
  bench = new TestBench(await exportedStoryteller());
});
afterAll(() => bench.dispose());

const promptIds = oracle.text.ids.slice(50, 100);

function samples(count: number, further: Partial<SequenceRequest> = {}): SequenceRequest[] {
  return Array.from({ length: count }, (_, index) => {
    const sampling = { ...freeDraw, seedLow: 77, sampleIndex: index };
    const forkOf = index === 0 ? null : 0;
    return request(index, promptIds, 12, sampling, [], { forkOf, ...further });
  });
}

function alone(subject: SequenceRequest): number[] {
  const engine = bench.engine({ rowCount: 1, chunkTokens: 16 });
  engine.loop.submit({ ...subject, forkOf: null });
  engine.run();
  return engine.ids.get(subject.id)!;
}

test('five samples differ from each other, and not from what each is alone', () => {
  const engine = bench.engine({ rowCount: 5, chunkTokens: 16 });
  const submitted = samples(5);
  for (const each of submitted) engine.loop.submit(each);
  let prefilled = 0;
  for (let report = engine.step(); report !== null; report = engine.step()) {
    if (report.work.phase === 'prefill') prefilled += report.work.tokenCount;
  }
  expect(prefilled).toBe(promptIds.length);
  for (const each of submitted) expect(engine.ids.get(each.id)).toEqual(alone(each));
  expect(new Set([...engine.ids.values()].map(String)).size).toBe(5);
});

test('so they are with fewer rows than samples, and where the first of them leaves', () => {
  const engine = bench.engine({ rowCount: 3, chunkTokens: 16 });
  const submitted = samples(7);
  for (const each of submitted) engine.loop.submit(each);
  engine.step();
  engine.loop.abort(0);
  engine.run();
  for (const each of submitted.slice(1)) expect(engine.ids.get(each.id)).toEqual(alone(each));
});

test('each is told the scores of the prompt that it asked for', () => {
  const engine = bench.engine({ rowCount: 3, chunkTokens: 16 });
  const [first, second, third] = samples(3) as [SequenceRequest, SequenceRequest, SequenceRequest];
  engine.loop.submit(first);
  engine.loop.submit({ ...second, promptLogprobCount: 4 });
  engine.loop.submit({ ...third, promptLogprobCount: 0, maxTokens: 0 });
  engine.run();
  const scores = [0, 1, 2].map((id) => engine.prompts.get(id)!.scores);
  expect(scores.map(({ length }) => length)).toEqual([0, 49, 49]);
  expect(scores[1]!.every(({ topIds }) => topIds.length === 4)).toBe(true);
  expect(scores[2]).toEqual(
    scores[1]!.map(({ logprob }) => ({
      logprob,
      topIds: new Int32Array(),
      topLogprobs: new Float32Array(),
    })),
  );
  expect([0, 1, 2].map((id) => engine.prompts.get(id)!.cachedTokenCount)).toEqual([0, 50, 50]);
  expect(engine.endings.get(2)).toBe('length');
});
