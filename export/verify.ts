// Asks an artifact what the eager reference of its number formats knows: first prompts together, the
// next token of each through the cache, and a prompt that comes in two pieces; over blocks, one that
// goes on beside a prompt. All outputs of every row are compared. How the artifact is run is the
// caller's business: it hands in `run`.

import { row } from '../models/eager-tensor.ts';
import { ArtifactError } from '../models/errors.ts';
import type { Gpt2Config } from '../models/gpt2/config.ts';
import { weightShapes } from '../models/gpt2/weights.ts';
import type { CachePrecision, Manifest, Precision } from '../models/manifest.ts';
import type { WeightSource } from './checkpoint/checkpoint.ts';
import type { CacheScales } from './graph/attention.ts';
import type { OnProgress } from './progress.ts';
import { referenceSequences, type Sequence } from './verify-reference.ts';
import { type Run, type RunOutputs, Session, type Slice } from './verify-session.ts';

/**
 * Of the row's largest logit, by the precision of weights and then of the cache. float32 alone stays a
 * hundred times below. The reference rounds to the same whole numbers as the graph, but what lies
 * between two of them may fall to either side, and what follows differs by that: the built-in model
 * shows 0.010 with int8 weights, 0.005 with an int8 cache, 0.020 with both; random weights of 124M
 * 0.023, of 124M and 355M with both 0.030 and 0.023. A bias that is missing from one layer of the
 * built-in model is off by 0.08 and more. In fp16 what is rounded are activations, at each node: 0.0012
 * of the built-in model, 0.0015 and 0.0021 of 124M and 355M with random weights.
 */
const tolerances: Readonly<Record<Precision, Readonly<Partial<Record<CachePrecision, number>>>>> = {
  fp32: { fp32: 1e-4, int8: 0.03 },
  fp16: { fp16: 0.01 },
  int8: { fp32: 0.05, int8: 0.055 },
  int4: { fp32: 0.05, int8: 0.055 },
};

/** An inverse temperature unlike 1, so that the two normalizers cannot be mixed up. */
const inverseTemperature = 0.8;

/** Prompts, what follows them, and two pieces. */
const runCount = 4;

/** How often `onProgress` is called: for each tensor that is read, and each run. */
export function stepCount(config: Gpt2Config): number {
  return weightShapes(config).size + runCount;
}

export interface Comparison {
  /** The largest error of any output, relative to the largest logit of its row. */
  readonly largestError: number;
}

/** `cacheScales` are those of the graph: it is checked how they are used, not how well they fit. */
export async function verifyArtifact(
  manifest: Manifest,
  weights: WeightSource,
  cacheScales: CacheScales | null,
  run: Run,
  onProgress: OnProgress = () => {},
): Promise<Comparison> {
  const length = Math.min(6, manifest.config.contextLength);
  const total = stepCount(manifest.config);
  let done = 0;
  const onStep = () => onProgress({ stage: 'verify', done: ++done, total });
  const asked = { lengths: [length, length - 1], inverseTemperature };
  const sequences = referenceSequences(manifest, weights, cacheScales, asked, onStep);
  const longer = sequences[0]!;

  const errors: number[] = [];
  // How much of the second sequence comes with the first one's prompt, and the rest with its last token.
  const ahead = manifest.cache.layout === 'paged' ? 1 : length - 2;
  const batch = new Session(manifest, run, inverseTemperature);
  for (const bounds of [
    [
      [0, length - 1],
      [0, ahead],
    ],
    [
      [length - 1, length],
      [ahead, length - 1],
    ],
  ] as const) {
    const slices = sequences.map(({ ids }, index) => {
      const [from, to] = bounds[index]!;
      return { ids, from, to };
    });
    errors.push(largestError(sequences, slices, await batch.step(slices)));
    onStep();
  }

  const pieces = new Session(manifest, run, inverseTemperature);
  for (const [from, to] of [
    [0, length - 2],
    [length - 2, length],
  ] as const) {
    const piece = [{ ids: longer.ids, from, to }];
    errors.push(largestError([longer], piece, await pieces.step(piece)));
    onStep();
  }

  const largest = Math.max(...errors);
  const tolerance = tolerances[manifest.precision][manifest.cache.precision]!;
  if (largest <= tolerance) return { largestError: largest };
  throw new ArtifactError(
    `the exported graph differs from the reference by ${largest.toExponential(1)} of the ` +
      `largest logit, ${tolerance} is allowed: it is not kept`,
  );
}

/** Over the rows of one run: every token of every slice, sequence after sequence. NaN is largest. */
function largestError(
  sequences: readonly Sequence[],
  slices: readonly Slice[],
  outputs: RunOutputs,
): number {
  let largest = 0;
  let at = 0;
  slices.forEach(({ from, to }, index) => {
    for (let position = from; position < to; position++) {
      largest = Math.max(largest, rowError(sequences[index]!, position, outputs, at++));
    }
  });
  return largest;
}

function rowError(
  { ids, logits, scores }: Sequence,
  position: number,
  outputs: RunOutputs,
  at: number,
) {
  const expected = row(logits, position); // [vocabulary]
  const found = outputs.logits(at);
  const top = outputs.topIds(at).map((id) => expected[id]!);
  const pairs: (readonly [expected: ArrayLike<number>, found: ArrayLike<number>])[] = [
    [expected, found],
    [row(scores.topScores, position), outputs.topScores(at)],
    // Near ties may change places: what counts is that each id has the score it is listed with.
    [top, outputs.topScores(at)],
    [[scores.logNormalizer.data[position]!], [outputs.logNormalizer(at)]],
    [[scores.logNormalizer.data[ids.length + position]!], [outputs.temperedLogNormalizer(at)]],
    [[scores.targetScores.data[position]!], [outputs.targetScore(at)]],
  ];
  let scale = 0;
  for (const logit of expected) scale = Math.max(scale, Math.abs(logit));
  let largest = 0;
  for (const [a, b] of pairs) {
    for (let i = 0; i < a.length; i++) {
      if (a[i] === b[i]) continue;
      // A normalizer can be far larger than every logit; then it is its own measure.
      const error = Math.abs(a[i]! - b[i]!) / Math.max(scale, Math.abs(a[i]!));
      largest = Math.max(largest, error); // NaN stays
    }
  }
  return largest;
}
