// The semantics of HF transformers, from fixtures/warpers.json.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { Adjuster } from '../../src/sampling/adjuster.ts';
import { FullRow } from '../../src/sampling/full-row.ts';
import { freeDraw, noAdjustments } from '../../src/sampling/parameters.ts';
import { textOf } from '../reference/sampler-adjustments.ts';
import { pointAt } from './uniform.ts';

interface Case {
  readonly name: string;
  readonly parameters: Readonly<Record<string, number>> & {
    readonly bannedSequences?: readonly number[][];
    readonly idsAfterMinimum?: readonly number[];
  };
  readonly prompt: readonly number[];
  readonly generated: readonly number[];
  readonly logits: readonly number[];
  readonly scores: readonly (number | null)[];
  readonly probabilities: readonly number[];
}

const fixture = JSON.parse(
  readFileSync(new URL('fixtures/warpers.json', import.meta.url), 'utf8'),
) as { adjusting: Case[]; filtering: Case[] };

describe('scores are adjusted as transformers does', () => {
  test.each(fixture.adjusting)('$name $parameters', (expected) => {
    const { parameters, prompt, generated, logits, scores } = expected;
    const { bannedSequences = [], idsAfterMinimum = [] } = parameters;
    const adjuster = new Adjuster(logits.length);
    const adjustments = {
      ...noAdjustments,
      ...parameters,
      bannedSequences: bannedSequences.map((ids) => Int32Array.from(ids)),
      idsAfterMinimum: Int32Array.from(idsAfterMinimum),
    };
    adjuster.prepare(adjustments, textOf(prompt, generated));
    const adjusted = adjuster.adjustedRow(Float32Array.from(logits));
    for (const [id, score] of scores.entries()) {
      if (score === null) expect(adjusted[id]).toBe(Number.NEGATIVE_INFINITY);
      else expect(Math.abs(adjusted[id]! - score)).toBeLessThan(1e-6 * Math.abs(score) + 1e-9);
    }
  });
});

describe('tokens are filtered as transformers does', () => {
  test.each(fixture.filtering)('$name $parameters', ({ parameters, logits, probabilities }) => {
    const row = Float32Array.from(logits);
    const fullRow = new FullRow(row.length, 1);
    const how = { ...freeDraw, ...(parameters as Record<string, number>) };
    const points = 2000;
    const counts = new Array<number>(row.length).fill(0);
    for (let index = 0; index < points; index += 1) {
      const id = fullRow.drawBestFirst(row, Math.max(...row), how, pointAt((index + 0.5) / points));
      counts[id] = counts[id]! + 1;
    }
    for (const [id, probability] of probabilities.entries()) {
      // An interval holds as many evenly spaced points as its length says, but for its ends.
      expect(Math.abs(counts[id]! - probability * points)).toBeLessThan(1.01);
      if (probability === 0) expect(counts[id]).toBe(0);
    }
  });
});
