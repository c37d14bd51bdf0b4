// Sampling the obvious way: sort everything, filter, renormalize, walk. Float64 throughout.

import type { SamplingParameters } from '../../src/sampling/parameters.ts';
import type { StepScores } from '../../src/sampling/sampler.ts';

export interface Choice {
  readonly id: number;
  readonly probability: number;
}

/** Ids by descending score, ties by lower id. */
export const ranked = (logits: Float32Array): number[] =>
  Array.from(logits, (_, id) => id).sort((a, b) => logits[b]! - logits[a]! || a - b);

/** What may be drawn, in the order of the draw, with probabilities that add up to 1. */
export function distribution(
  logits: Float32Array,
  { inverseTemperature, topK, topP }: SamplingParameters,
  candidateCount: number,
): Choice[] {
  const ids = ranked(logits);
  const best = logits[ids[0]!]!;
  const weigh = (id: number) => Math.exp((logits[id]! - best) * inverseTemperature);
  const sum = (kept: number[]) => kept.reduce((total, id) => total + weigh(id), 0);
  let kept = topK > 0 ? ids.slice(0, topK) : ids;
  if (topP < 1) {
    const share = topP * sum(kept);
    let reached = 0;
    const end = kept.findIndex((id) => {
      reached += weigh(id);
      return reached >= share;
    });
    if (end >= 0) kept = kept.slice(0, end + 1);
  } else if (kept.length === ids.length) {
    const others = ids.slice(candidateCount).sort((a, b) => a - b);
    kept = [...ids.slice(0, candidateCount), ...others];
  }
  const total = sum(kept);
  return kept.map((id) => ({ id, probability: weigh(id) / total }));
}

/**
 * Who may be drawn at a point: one id, unless the point is so close to a boundary that the rounding
 * of float64 decides.
 */
export function drawnAt(choices: readonly Choice[], point: number): number[] {
  const tolerance = 1e-13;
  let end = 0;
  return choices
    .filter(({ probability }) => {
      const start = end;
      end += probability;
      const isHere = start - tolerance <= point && point < end + tolerance;
      return isHere && probability > 0;
    })
    .map(({ id }) => id);
}

/** What the graph says of some rows of logits, normalizer in float32 as it computes it. */
export function scoresOf(
  rows: readonly Float32Array[],
  inverseTemperatures: readonly number[],
  candidateCount: number,
): StepScores & { rowsRead: number } {
  const tops = rows.map((logits) => ranked(logits).slice(0, candidateCount));
  return {
    topIds: Int32Array.from(tops.flat()),
    topScores: Float32Array.from(tops.flatMap((ids, row) => ids.map((id) => rows[row]![id]!))),
    temperedLogNormalizers: Float32Array.from(rows, (logits, row) =>
      logSumExpInFloat32(logits, inverseTemperatures[row]!),
    ),
    rowsRead: 0,
    logitsRow(row) {
      this.rowsRead += 1;
      return rows[row]!;
    },
  };
}

/** With a sum in eight lanes, as ONNX Runtime's ReduceSum has it. */
function logSumExpInFloat32(logits: Float32Array, inverseTemperature: number): number {
  const factor = Math.fround(inverseTemperature);
  const tempered = logits.map((score) => score * factor);
  const largest = tempered.reduce((a, b) => Math.max(a, b));
  const lanes = new Float32Array(8);
  for (const [index, x] of tempered.entries()) {
    lanes[index % 8]! += Math.fround(Math.exp(Math.fround(x - largest)));
  }
  const sum = lanes.reduce((a, b) => Math.fround(a + b));
  return Math.fround(Math.fround(Math.log(sum)) + largest);
}
