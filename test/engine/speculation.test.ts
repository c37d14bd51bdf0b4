// A text that is drafted ahead is the text it would be otherwise, on the real model: for every way of
// choosing tokens, and however it ends. Between the kernels for one token and for several the last
// bits differ, so a greedy choice counts only where the two best are not as good as equal.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { SequenceRequest } from '../../src/engine/protocol.ts';
import {
  noAdjustments,
  type SamplingParameters,
  type ScoreAdjustments,
} from '../../src/sampling/parameters.ts';
import { greedy, request, TestBench, type TestEngine } from '../support/engine.ts';
import { exportedStoryteller, oracle, smallestGap } from '../support/storyteller.ts';

let bench: TestBench;
beforeAll(async () => {
  bench = new TestBench(await exportedStoryteller());
});
afterAll(() => bench.dispose());

const passage = oracle.text.ids.slice(0, 60);
/** A passage, and where it begins again. */
const repeating = [...passage, ...passage, ...passage.slice(0, 12)];
const tokenCount = 90;

interface Run {
  readonly engine: TestEngine;
  readonly stepCount: number;
  readonly draftedCount: number;
  readonly acceptedCount: number;
}

function run(speculation: boolean, requests: readonly SequenceRequest[]): Run {
  const engine = bench.engine({ rowCount: 4, chunkTokens: 64, speculation });
  for (const each of requests) engine.loop.submit(each);
  let stepCount = 0;
  let draftedCount = 0;
  let acceptedCount = 0;
  for (let report = engine.step(); report !== null; report = engine.step()) {
    stepCount += 1;
    draftedCount += report.work.draftTokenCount;
    acceptedCount += report.work.acceptedTokenCount;
  }
  return { engine, stepCount, draftedCount, acceptedCount };
}

const sampled: SamplingParameters = {
  ...greedy,
  greedy: false,
  inverseTemperature: 1 / 0.8,
  seedLow: 42,
};

function adjusted(adjustments: Partial<ScoreAdjustments>): SamplingParameters {
  return { ...greedy, adjustments: { ...noAdjustments, ...adjustments } };
}

const ways: readonly (readonly [string, SamplingParameters])[] = [
  ['greedy', greedy],
  ['sampled', sampled],
  ['sampled with a nucleus', { ...sampled, topP: 0.8, seedLow: 7 }],
  ['sampled from few', { ...sampled, topK: 5, seedLow: 9, sampleIndex: 3 }],
  ['sampled among typical tokens', { ...sampled, typicalP: 0.7, seedLow: 11 }],
  ['sampled cold', { ...sampled, inverseTemperature: 4, seedLow: 5 }],
  ['greedy, repetition penalized', adjusted({ repetitionPenalty: 1.15 })],
  ['greedy, presence rewarded', adjusted({ presencePenalty: -1.5, frequencyPenalty: -0.3 })],
  [
    'greedy, biased and banned',
    adjusted({
      biasIds: Int32Array.of(passage[3]!, passage[9]!),
      biases: Float32Array.of(4, -4),
      bannedSequences: [Int32Array.from(passage.slice(20, 22))],
    }),
  ],
  ['greedy among a few allowed', adjusted({ allowedIds: Int32Array.from(passage.slice(0, 15)) })],
];

describe.each(ways)('%s', (_, sampling) => {
  test('the same tokens come out, some of them drafted', () => {
    const subject = request(1, repeating, tokenCount, sampling, [], { logprobCount: 2 });
    const plain = run(false, [subject]);
    const drafted = run(true, [subject]);
    const expected = plain.engine.ids.get(1)!;
    expect(expected).toHaveLength(tokenCount);
    const tie = plain.engine.tokenScores.get(1)!.findIndex(({ topLogprobs }) => {
      return sampling.greedy && topLogprobs[0]! - topLogprobs[1]! < smallestGap;
    });
    const sure = tie === -1 || sampling.adjustments !== null ? tokenCount : tie;
    expect(sure).toBeGreaterThan(tokenCount / 3);
    expect(drafted.engine.ids.get(1)!.slice(0, sure)).toEqual(expected.slice(0, sure));
    expect(drafted.draftedCount).toBeGreaterThan(0);
    expect(plain.draftedCount).toBe(0);
    expect(drafted.stepCount).toBe(plain.stepCount - drafted.acceptedCount);
  });
});

test('a text that repeats itself takes far fewer steps', () => {
  const { acceptedCount } = run(true, [
    request(1, repeating, tokenCount, adjusted({ presencePenalty: -1.5, frequencyPenalty: -0.3 })),
  ]);
  expect(acceptedCount).toBeGreaterThan(tokenCount / 2);
});

test('each token comes with its own log-probabilities', () => {
  const subject = request(1, repeating, tokenCount, sampled, [], { logprobCount: 3 });
  const plain = run(false, [subject]).engine.tokenScores.get(1)!;
  const { engine, acceptedCount } = run(true, [subject]);
  expect(acceptedCount).toBeGreaterThan(0);
  const scores = engine.tokenScores.get(1)!;
  expect(scores).toHaveLength(plain.length);
  scores.forEach((score, index) => {
    expect(score.logprob).toBeCloseTo(plain[index]!.logprob, 3);
    expect(score.topIds).toEqual(plain[index]!.topIds);
  });
});

test('every limit and every stop id ends a drafted text where it ends otherwise', () => {
  const lover = adjusted({ presencePenalty: -1.5, frequencyPenalty: -0.3 });
  const whole = run(false, [request(1, repeating, 40, lover)]).engine.ids.get(1)!;
  for (const maxTokens of [1, 2, 5, 18, 31, 40]) {
    const { engine } = run(true, [request(1, repeating, maxTokens, lover)]);
    expect(engine.ids.get(1)).toEqual(whole.slice(0, maxTokens));
    expect(engine.endings.get(1)).toBe('length');
  }
  for (const stop of [...new Set(whole)].slice(0, 8)) {
    const { engine } = run(true, [request(1, repeating, 40, lover, [stop])]);
    expect(engine.ids.get(1)).toEqual(whole.slice(0, whole.indexOf(stop) + 1));
    expect(engine.endings.get(1)).toBe('stop');
  }
});

test('a drafted stop token that is drawn counts as accepted', () => {
  const stop = 13;
  const unit = [300, 301, 302, 303, 304, 305, 306, 307, stop];
  // Of the unit's tokens only the one that follows the last is left to choose.
  const bannedSequences = unit.flatMap((first, index) => {
    const others = unit.filter((token) => token !== unit[(index + 1) % unit.length]);
    return others.map((second) => Int32Array.of(first, second));
  });
  const sampling = adjusted({ allowedIds: Int32Array.from(unit), bannedSequences });
  const prompt = [...unit, ...unit, ...unit];
  const { engine, stepCount, draftedCount, acceptedCount } = run(true, [
    request(1, prompt, 20, sampling, [stop]),
  ]);
  expect(engine.ids.get(1)).toEqual(unit);
  expect(engine.endings.get(1)).toBe('stop');
  expect(draftedCount).toBeGreaterThan(0);
  expect(acceptedCount, 'no draft was wrong').toBe(draftedCount);
  expect(stepCount).toBeLessThan(unit.length);
});

test('no token of the minimum ends a drafted text', () => {
  const stop = run(false, [request(1, repeating, 40)]).engine.ids.get(1)![3]!;
  const sampling = adjusted({ minTokens: 30, idsAfterMinimum: Int32Array.of(stop) });
  const subject = request(1, repeating, 60, sampling, [stop]);
  const plain = run(false, [subject]).engine;
  const { engine } = run(true, [subject]);
  expect(engine.ids.get(1)).toEqual(plain.ids.get(1));
  expect(engine.endings.get(1)).toBe(plain.endings.get(1));
  expect(engine.ids.get(1)!.slice(0, 30)).not.toContain(stop);
});

test('a text fills the context to its last place', () => {
  const { contextLength } = bench.manifest.config;
  const promptIds = Array.from({ length: contextLength - 40 }, (_, i) => passage[i % 30]!);
  const subject = request(1, promptIds, 40, adjusted({ frequencyPenalty: -0.5 }));
  const { engine, acceptedCount } = run(true, [subject]);
  expect(acceptedCount).toBeGreaterThan(0);
  expect(engine.ids.get(1)).toEqual(run(false, [subject]).engine.ids.get(1));
});

test('others that come and go around it change nothing', () => {
  const subject = request(1, repeating, tokenCount, sampled);
  const expected = run(false, [subject]).engine.ids.get(1);
  const engine = bench.engine({ rowCount: 4, chunkTokens: 64, speculation: true });
  engine.loop.submit(subject);
  let acceptedCount = 0;
  let nextId = 2;
  for (let report = engine.step(); report !== null; report = engine.step()) {
    acceptedCount += report.work.acceptedTokenCount;
    const other = request(nextId, passage.slice(0, nextId), 3, { ...sampled, seedLow: nextId });
    if (nextId < 12 && report.work.acceptedTokenCount > 0) engine.loop.submit(other);
    nextId += 1;
  }
  expect(acceptedCount).toBeGreaterThan(0);
  expect(engine.ids.get(1)).toEqual(expected);
  expect(new Set(engine.endings.values())).toEqual(new Set(['length']));
});

test('samples of one prompt that end one after another leave the last one to be drafted for', () => {
  const fork = (id: number, maxTokens: number) =>
    request(id, repeating, maxTokens, { ...sampled, sampleIndex: id }, [], {
      forkOf: id === 1 ? null : 1,
    });
  const requests = [fork(1, 8), fork(2, tokenCount), fork(3, 4)];
  const plain = run(false, requests).engine;
  const { engine, acceptedCount } = run(true, requests);
  expect(acceptedCount).toBeGreaterThan(0);
  for (const id of [1, 2, 3]) expect(engine.ids.get(id)).toEqual(plain.ids.get(id));
});

test('a sequence can be aborted between drafts, and its row serves the next prompt', () => {
  const engine = bench.engine({ rowCount: 1, chunkTokens: 64, speculation: true });
  const expected = run(false, [request(2, repeating.slice(0, 100), 20)]).engine.ids.get(2);
  engine.loop.submit(request(1, repeating, tokenCount));
  let report = engine.step();
  while (report !== null && report.work.draftTokenCount === 0) report = engine.step();
  expect(report).not.toBeNull();
  engine.loop.abort(1);
  engine.loop.submit(request(2, repeating.slice(0, 100), 20));
  engine.run();
  expect(engine.endings.get(1)).toBe('abort');
  expect(engine.ids.get(2)).toEqual(expected);
});

test('a verify step that fails ends its sequence, and later ones are served', () => {
  let failuresLeft = 1;
  const engine = bench.engine({ rowCount: 2, chunkTokens: 64, speculation: true }, (model) => ({
    run(plan) {
      if (plan.kind === 'verify' && failuresLeft-- > 0) throw new Error('out of luck');
      return model.run(plan);
    },
  }));
  engine.loop.submit(request(1, repeating, tokenCount));
  engine.run();
  expect(engine.failures.get(1)).toBe('out of luck');
  engine.loop.submit(request(2, repeating, 20));
  engine.run();
  expect(engine.ids.get(2)).toEqual(run(false, [request(2, repeating, 20)]).engine.ids.get(2));
});

test('scores that are no numbers end a sequence behind the tokens accepted before them', () => {
  const engine = bench.engine({ rowCount: 2, chunkTokens: 64, speculation: true }, (model) => ({
    run(plan) {
      const scores = model.run(plan);
      if (plan.kind === 'verify') scores.logNormalizers[1] = Number.NaN;
      return scores;
    },
  }));
  const lover = adjusted({ presencePenalty: -1.5, frequencyPenalty: -0.3 });
  const subject = request(1, repeating, tokenCount, lover);
  engine.loop.submit(subject);
  engine.run();
  expect(engine.failures.get(1)).toContain('not finite numbers');
  const ids = engine.ids.get(1)!;
  expect(ids).toEqual(run(false, [subject]).engine.ids.get(1)!.slice(0, ids.length));
});
