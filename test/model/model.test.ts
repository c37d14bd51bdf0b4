// What the exported graph says, through the runtime that serves it, against an independent
// implementation's float64 numbers.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Model } from '../../src/model/model.ts';
import { notAsked } from '../../src/model/model-scores.ts';
import { freeDraw } from '../../src/sampling/parameters.ts';
import { greedy, TestBench } from '../support/engine.ts';
import { prefill } from '../support/steps.ts';
import { exportedStoryteller, oracle } from '../support/storyteller.ts';

let bench: TestBench;
let model: Model;
beforeAll(async () => {
  bench = new TestBench(await exportedStoryteller());
  model = bench.model({ rowCount: 3, chunkTokens: 1023 });
});
afterAll(() => bench.dispose());

/** Every difference is allowed this share of the row's largest magnitude. */
const tolerance = 1e-4;

function largestError(found: ArrayLike<number>, expected: readonly number[]): number {
  const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  return (
    expected.reduce((most, value, i) => Math.max(most, Math.abs(value - found[i]!)), 0) / largest
  );
}

test.each(oracle.prompts.map((prompt, index) => [index, prompt] as const))(
  'the last logits of prompt %i are right',
  (_, prompt) => {
    const scores = prefill(model, prompt.ids, 1, 0, prompt.ids.length);
    expect(largestError(scores.logitsRow(0), prompt.last_logits)).toBeLessThan(tolerance);
    expect([...scores.topIds.subarray(0, 5)]).toEqual(prompt.top_ids.at(-1));
    expect(largestError(scores.topScores.subarray(0, 5), prompt.top_logits.at(-1)!)).toBeLessThan(
      tolerance,
    );
  },
);

test('the tempered normalizer is that of the logits it stands beside', () => {
  const { ids, last_logits: logits } = oracle.prompts[0]!;
  const scores = prefill(model, ids, 1, 0, ids.length, { ...freeDraw, inverseTemperature: 0.5 });
  const exact = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit * 0.5), 0));
  expect(scores.temperedLogNormalizers[0]!).toBeCloseTo(exact, 4);
});

test('a normalizer that nobody reads is not asked for', () => {
  const { ids } = oracle.prompts[0]!;
  const amongCandidates = { ...freeDraw, inverseTemperature: 0.5, topK: 40 };
  for (const sampling of [greedy, amongCandidates]) {
    const scores = prefill(model, ids, 1, 0, ids.length, sampling);
    expect(scores.temperedLogNormalizers[0]).toBe(notAsked);
    expect(scores.logNormalizers[0]).toBe(notAsked);
  }
});

test('a prompt of a thousand tokens is right at its end, in one piece', () => {
  const { ids, top_ids: topIds, top_logits: topLogits } = oracle.long;
  const scores = prefill(model, ids, 0, 0, ids.length);
  expect([...scores.topIds.subarray(0, 5)]).toEqual(topIds.at(-1));
  expect(largestError(scores.topScores.subarray(0, 5), topLogits.at(-1)!)).toBeLessThan(tolerance);
});
