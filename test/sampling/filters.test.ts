import { expect, test } from 'vitest';
import { freeDraw, type SamplingParameters } from '../../src/sampling/parameters.ts';
import { Sampler } from '../../src/sampling/sampler.ts';
import { scoresOf } from '../reference/sampler.ts';
import { emptyText } from '../reference/sampler-adjustments.ts';

/** Which tokens are ever drawn from tokens of these probabilities, however many are candidates. */
function kept(probabilities: number[], how: Partial<SamplingParameters>): number[] {
  const logits = Float32Array.from(probabilities, (probability) => Math.log(probability));
  const size = logits.length;
  const parameters = { ...freeDraw, seedLow: 5, ...how };
  const results = [1, 3, size].map((candidateCount) => {
    const sampler = new Sampler({ vocabularySize: size, candidateCount });
    const scores = scoresOf([logits], [parameters.inverseTemperature], candidateCount);
    const ids = new Set<number>();
    for (let token = 0; token < 300; token += 1) {
      ids.add(sampler.pick(scores, 0, parameters, token, emptyText));
    }
    return [...ids].sort();
  });
  for (const result of results) expect(result).toEqual(results[0]);
  return results[0]!;
}

const probabilities = [0.1, 0.4, 0.05, 0.25, 0.2];

test('the minimum is a share of the highest probability', () => {
  expect(kept(probabilities, { minP: 0.49 })).toEqual([1, 3, 4]);
  expect(kept(probabilities, { minP: 0.51 })).toEqual([1, 3]);
  expect(kept(probabilities, { minP: 1 })).toEqual([1]);
  expect(kept([0.2, 0.2, 0.2, 0.2, 0.2], { minP: 1 })).toEqual([0, 1, 2, 3, 4]);
});

test('the minimum is taken after temperature', () => {
  // Half the inverse temperature: the ratio of 0.1 to 0.4 becomes a half.
  expect(kept(probabilities, { minP: 0.51, inverseTemperature: 0.5 })).toEqual([1, 3, 4]);
  expect(kept(probabilities, { minP: 0.49, inverseTemperature: 0.5 })).toEqual([0, 1, 3, 4]);
});

test('the nucleus is a share of what the minimum leaves', () => {
  expect(kept(probabilities, { topP: 0.7 })).toEqual([1, 3, 4]);
  expect(kept(probabilities, { topP: 0.7, minP: 0.45 })).toEqual([1, 3]); // 0.65 of 0.85 > 0.7
  expect(kept(probabilities, { topP: 0.6, minP: 0.6 })).toEqual([1]); // 0.4 of 0.65 > 0.6
});

test('the token that crosses the share is kept, or dropped as openai/gpt-2 does', () => {
  expect(kept(probabilities, { topP: 0.7 })).toEqual([1, 3, 4]);
  expect(kept(probabilities, { topP: 0.7, topPCrossing: 'dropped' })).toEqual([1, 3]);
  expect(kept(probabilities, { topP: 0.5, topPCrossing: 'dropped' })).toEqual([1]);
  expect(kept(probabilities, { topP: 0.3, topPCrossing: 'dropped' })).toEqual([1]); // at least one
  expect(kept(probabilities, { topP: 0, topPCrossing: 'dropped' })).toEqual([1]);
  expect(kept(probabilities, { topP: 1, topPCrossing: 'dropped' })).toEqual([0, 1, 2, 3, 4]);
});

test('tokens are typical whose surprise is near the expected one, not the likeliest', () => {
  // Surprises 0.69, 1.61, 1.90, 1.90, expected 1.23: the nearest is the second, by 0.38.
  const uneven = [0.5, 0.2, 0.15, 0.15];
  expect(kept(uneven, { typicalP: 0.15 })).toEqual([1]);
  expect(kept(uneven, { typicalP: 0.25 })).toEqual([0, 1]);
  expect(kept(uneven, { typicalP: 0.75 })).toEqual([0, 1, 2]);
  expect(kept(uneven, { typicalP: 0.9 })).toEqual([0, 1, 2, 3]);
});

test('typical are only those whom the other filters keep, and what is expected, too', () => {
  // Of 0.5 and 0.2, surprises 0.34 and 1.25, expected 0.60: now the first is nearer.
  const uneven = [0.5, 0.2, 0.15, 0.15];
  expect(kept(uneven, { topK: 2, typicalP: 0.15 })).toEqual([0]);
  expect(kept(uneven, { minP: 0.35, typicalP: 0.15 })).toEqual([0]);
  expect(kept(uneven, { topP: 0.6, typicalP: 0.15 })).toEqual([0]);
});

test('of even tokens as many are typical as reach the share, the lowest ids', () => {
  expect(kept([0.25, 0.25, 0.25, 0.25], { typicalP: 0.49 })).toEqual([0, 1]);
});
