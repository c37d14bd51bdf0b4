// Random rows, parameters and texts to compare the fast way with the obvious way on.

import fc from 'fast-check';
import type { SamplingParameters, ScoreAdjustments } from '../../src/sampling/parameters.ts';
import type { TextSoFar } from '../../src/sampling/text-so-far.ts';
import { textOf } from '../reference/sampler-adjustments.ts';
import { uniform } from './uniform.ts';

/** Rows flat and steep, with many ties or none, far from zero or around it (where -0 lives). */
export const rows = fc
  .record({
    size: fc.integer({ min: 1, max: 300 }),
    spread: fc.constantFrom(0.01, 1, 3, 10, 60),
    levels: fc.constantFrom(3, 20, 1e6),
    offset: fc.constantFrom(0, -35, 100),
    seed: fc.nat(),
  })
  .map(({ size, spread, levels, offset, seed }) =>
    Float32Array.from({ length: size }, (_, id) => {
      const level = Math.round((uniform(seed, 0, 0, id) - 0.5) * levels) / levels;
      return offset + spread * level;
    }),
  );

/** The shares are crooked, so that none ends to the last bit where one of many ties does. */
export const parameters: fc.Arbitrary<SamplingParameters> = fc.record({
  greedy: fc.constant(false),
  adjustments: fc.constant(null),
  inverseTemperature: fc.constantFrom(0.01, 0.5, 1, 1 / 0.7, 10, 1e4, 1e40),
  minP: fc.constantFrom(0, 0, 0, 0.0171, 0.3119, 0.9571),
  topK: fc.constantFrom(0, 1, 2, 5, 40, 150, 299, 1000),
  topP: fc.constantFrom(1, 0, 1e-9, 0.3183, 0.4971, 0.9013, 0.9511, 0.999_999),
  topPCrossing: fc.constantFrom('kept', 'dropped'),
  typicalP: fc.constantFrom(1, 1, 1, 0.2113, 0.6971, 0.9517),
  seedLow: fc.nat(),
  seedHigh: fc.nat(),
  sampleIndex: fc.nat(3),
});

export const candidateLimit = fc.constantFrom(1, 2, 8, 64);

export const point = fc.oneof(
  fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  fc.constantFrom(0, 1 - 2 ** -53),
);

export interface AdjustedCase {
  readonly logits: Float32Array;
  readonly adjustments: ScoreAdjustments;
  readonly text: TextSoFar;
}

/** Half of them only take off, so that the candidates have something to decide. */
export const adjustedCases: fc.Arbitrary<AdjustedCase> = fc
  .tuple(rows, fc.boolean())
  .chain(([logits, onlyLowers]) => {
    const id = fc.nat(logits.length - 1);
    const someIds = (maxLength: number) => fc.array(id, { maxLength });
    const raised = onlyLowers ? [] : [0.8, 1.7];
    const penalty = onlyLowers ? [0, 0, 0.3, 2] : [0, 0.3, -0.7];
    const biased = fc.array(
      fc.tuple(id, fc.constantFrom(-100, -1.5, ...(onlyLowers ? [] : [0.5, 9, 100]))),
      { maxLength: 4 },
    );
    const adjustments = fc.record({
      allowedIds: fc.option(
        someIds(20).map((ids) => Int32Array.from(ids)),
        { freq: 4, nil: null },
      ),
      bannedSequences: fc.array(
        fc.array(id, { minLength: 1, maxLength: 3 }).map((ids) => Int32Array.from(ids)),
        { maxLength: 4 },
      ),
      minTokens: fc.nat(6),
      idsAfterMinimum: someIds(2).map((ids) => Int32Array.from(ids)),
      biases: biased,
      repetitionPenalty: fc.constantFrom(1, 1, 1.3, ...raised),
      frequencyPenalty: fc.constantFrom(...penalty),
      presencePenalty: fc.constantFrom(...penalty),
    });
    return fc.record({
      logits: fc.constant(logits),
      adjustments: adjustments.map(({ biases, ...others }) => ({
        ...others,
        biasIds: Int32Array.from(biases, ([id]) => id),
        biases: Float32Array.from(biases, ([, bias]) => bias),
      })),
      text: fc.tuple(someIds(20), someIds(20)).map(([prompt, text]) => textOf(prompt, text)),
    });
  });
