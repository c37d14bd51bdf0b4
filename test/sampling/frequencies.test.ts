// Are tokens drawn as often as they should be? Counts over many draws with fixed seeds, against the
// exact distribution, by a chi-square test.

import { expect, test } from 'vitest';
import {
  freeDraw,
  noAdjustments,
  type SamplingParameters,
  type ScoreAdjustments,
} from '../../src/sampling/parameters.ts';
import { Sampler } from '../../src/sampling/sampler.ts';
import { type Choice, distribution, scoresOf } from '../reference/sampler.ts';
import { textOf } from '../reference/sampler-adjustments.ts';

const size = 400;
const candidateCount = 16;
const drawCount = 40_000;
const logits = Float32Array.from(
  { length: size },
  (_, id) => -33 - 1.2 * Math.log(((id * 57) % size) + 1),
);

/** Some of the likeliest tokens, and some that no candidate is. */
const text = textOf([0, 57, 3], [0, 7 * 7, 7 * 7, 114]);

const penalties: ScoreAdjustments = {
  ...noAdjustments,
  bannedSequences: [Int32Array.of(114, 171)],
  repetitionPenalty: 1.01,
  frequencyPenalty: 0.3,
  presencePenalty: 0.5,
};
const biases: ScoreAdjustments = {
  ...penalties,
  biasIds: Int32Array.of(57, 200, 399),
  biases: Float32Array.of(-1, 4, 6),
};

const plain: SamplingParameters = { ...freeDraw, seedLow: 0xdeadbeef, seedHigh: 7 };

function countDraws(parameters: SamplingParameters): number[] {
  const sampler = new Sampler({ vocabularySize: size, candidateCount });
  const scores = scoresOf([logits], [parameters.inverseTemperature], candidateCount);
  const counts = new Array<number>(size).fill(0);
  for (let token = 0; token < drawCount; token += 1) {
    const id = sampler.pick(scores, 0, parameters, token, text);
    counts[id] = counts[id]! + 1;
  }
  return counts;
}

/** How many standard deviations chi-square is from its mean, rare tokens counted together. */
function deviation(counts: readonly number[], choices: readonly Choice[]): number {
  let chiSquare = 0;
  let cells = 0;
  let expected = 0;
  let observed = 0;
  for (const [index, { id, probability }] of choices.entries()) {
    expected += probability * drawCount;
    observed += counts[id]!;
    if (expected < 10 && index < choices.length - 1) continue;
    chiSquare += (observed - expected) ** 2 / expected;
    cells += 1;
    expected = 0;
    observed = 0;
  }
  const freedom = cells - 1;
  return (chiSquare - freedom) / Math.sqrt(2 * Math.max(1, freedom));
}

test.each([
  { name: 'plain', how: {} },
  { name: 'cold', how: { inverseTemperature: 1 / 0.7 } },
  { name: 'hot', how: { inverseTemperature: 0.5 } },
  { name: 'the 10 best', how: { topK: 10 } },
  { name: 'the 100 best', how: { topK: 100 } },
  { name: 'a nucleus of half', how: { topP: 0.5 } },
  { name: 'a nucleus of nine tenths', how: { topP: 0.9 } },
  { name: 'both limits', how: { topK: 60, topP: 0.9, inverseTemperature: 0.8 } },
  { name: 'another sample', how: { sampleIndex: 3 } },
  { name: 'a minimum among the candidates', how: { minP: 0.1 } },
  { name: 'a minimum beyond them', how: { minP: 0.01, topP: 0.9 } },
  { name: 'a nucleus as GPT-2 had it', how: { topP: 0.8, topPCrossing: 'dropped' as const } },
  { name: 'typical ones', how: { typicalP: 0.7 } },
  { name: 'typical ones of the 12 best', how: { topK: 12, typicalP: 0.8 } },
  { name: 'penalties', how: { adjustments: penalties } },
  { name: 'penalties and a nucleus', how: { adjustments: penalties, topP: 0.6 } },
  { name: 'penalties and biases', how: { adjustments: biases } },
  { name: 'penalties, biases and typical ones', how: { adjustments: biases, typicalP: 0.9 } },
])('tokens come as often as they should: $name', ({ how }) => {
  const parameters = { ...plain, ...how };
  const choices = distribution(logits, parameters, candidateCount, text);
  const counts = countDraws(parameters);
  const allowed = new Set(choices.map(({ id }) => id));
  expect(counts.every((count, id) => count === 0 || allowed.has(id))).toBe(true);
  expect(Math.abs(deviation(counts, choices))).toBeLessThan(3.5);
});

test('the test itself notices a wrong temperature', () => {
  const choices = distribution(logits, { ...plain, inverseTemperature: 1.03 }, candidateCount);
  expect(deviation(countDraws(plain), choices)).toBeGreaterThan(3.5);
});
