// Sampling the obvious way: sort everything, filter, renormalize, walk. Float64 throughout.

import type { SamplingParameters } from '../../src/sampling/parameters.ts';
import type { StepScores } from '../../src/sampling/sampler.ts';
import type { TextSoFar } from '../../src/sampling/text-so-far.ts';
import { adjust, emptyText } from './sampler-adjustments.ts';

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
  parameters: SamplingParameters,
  candidateCount: number,
  text: TextSoFar = emptyText,
): Choice[] {
  const { adjustments, inverseTemperature, minP, topK, topP, typicalP } = parameters;
  const row = adjust(logits, adjustments, text);
  const ids = ranked(row).filter((id) => row[id] !== -Infinity);
  const best = row[ids[0]!]!;
  const weigh = (id: number) => Math.exp((row[id]! - best) * inverseTemperature);
  let kept = minP > 0 ? ids.filter((id) => weigh(id) >= minP) : ids;
  if (topK > 0) kept = kept.slice(0, topK);
  if (topP < 1) kept = nucleus(kept, weigh, parameters);
  if (typicalP < 1) {
    kept = typical(kept, weigh, typicalP);
  } else if (kept.length === logits.length && adjustments === null && !(minP > 0 || topP < 1)) {
    const others = ids.slice(candidateCount).sort((a, b) => a - b);
    kept = [...ids.slice(0, candidateCount), ...others];
  }
  const total = sum(kept, weigh);
  return kept.map((id) => ({ id, probability: weigh(id) / total }));
}

type Weigh = (id: number) => number;

const sum = (ids: readonly number[], weigh: Weigh) =>
  ids.reduce((total, id) => total + weigh(id), 0);

function nucleus(ids: number[], weigh: Weigh, { topP, topPCrossing }: SamplingParameters) {
  const share = topP * sum(ids, weigh);
  let reached = 0;
  const sums = ids.map((id) => {
    reached += weigh(id);
    return reached;
  });
  if (topPCrossing === 'dropped') {
    return ids.slice(0, Math.max(1, sums.filter((end) => end <= share).length));
  }
  const end = sums.findIndex((reached) => reached >= share);
  return end < 0 ? ids : ids.slice(0, end + 1);
}

/** As HF transformers' TypicalLogitsWarper has it, but for ties with the last: by rank. */
function typical(ids: number[], weigh: Weigh, typicalP: number): number[] {
  const total = sum(ids, weigh);
  const surprises = ids.map((id) => -Math.log(weigh(id) / total));
  const entropy = ids.reduce((mean, id, index) => {
    const probability = weigh(id) / total;
    return probability > 0 ? mean + probability * surprises[index]! : mean;
  }, 0);
  const order = ids
    .map((id, index) => ({ id, oddity: Math.abs(surprises[index]! - entropy) }))
    .sort((a, b) => (a.oddity === b.oddity ? 0 : a.oddity - b.oddity));
  let reached = 0;
  const end = order.findIndex(({ id }) => {
    reached += weigh(id) / total;
    return reached >= typicalP;
  });
  return order.slice(0, end < 0 ? order.length : end + 1).map(({ id }) => id);
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

/** With a sum in four lanes, the least exact that ONNX Runtime's LogSoftmax has on any CPU. */
function logSumExpInFloat32(logits: Float32Array, inverseTemperature: number): number {
  const factor = Math.fround(inverseTemperature);
  const tempered = logits.map((score) => score * factor);
  const largest = tempered.reduce((a, b) => Math.max(a, b));
  const lanes = new Float32Array(4);
  for (const [index, x] of tempered.entries()) {
    lanes[index % 4]! += Math.fround(Math.exp(Math.fround(x - largest)));
  }
  const sum = lanes.reduce((a, b) => Math.fround(a + b));
  return Math.fround(Math.fround(Math.log(sum)) + largest);
}
