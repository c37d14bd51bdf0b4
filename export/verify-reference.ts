// What an artifact must answer, computed from the checkpoint by the eager reference of its number
// formats. Every tensor is read, and quantized, once for all sequences.

import { eagerOps } from '../models/eager.ts';
import { Cache, type CacheUnits } from '../models/eager-attention.ts';
import { halves } from '../models/eager-fp16.ts';
import { inStep } from '../models/eager-in-step.ts';
import { int4Ops } from '../models/eager-int4.ts';
import { int8Ops } from '../models/eager-int8.ts';
import { idTensor, type Tensor, vector } from '../models/eager-tensor.ts';
import { gpt2 } from '../models/gpt2/gpt2.ts';
import type { Manifest } from '../models/manifest.ts';
import type { Ops } from '../models/ops.ts';
import { type Scores, scores } from '../models/scores.ts';
import type { WeightSource } from './checkpoint/checkpoint.ts';
import type { CacheScales } from './graph/attention.ts';

export interface Sequence {
  readonly ids: readonly number[];
  readonly logits: Tensor; // [ids, vocabulary]
  readonly scores: Scores<Tensor>; // its normalizers: the plain ones of all ids, then the tempered
}

/** Sequences of made-up ids, one of each length; `onTensor` is called for each tensor that is read. */
export function referenceSequences(
  manifest: Manifest,
  weights: WeightSource,
  cacheScales: CacheScales | null,
  { lengths, inverseTemperature }: { lengths: readonly number[]; inverseTemperature: number },
  onTensor: () => void = () => {},
): readonly Sequence[] {
  const { config, candidateCount, precision } = manifest;
  const read = (name: string): Tensor => {
    onTensor();
    const stored = { shape: weights.shape(name), data: weights.read(name) };
    return precision === 'fp16' ? halves(stored) : stored;
  };
  const tables = new Map(
    [...new Set(['wte.weight', config.headWeight])].map((name) => [name, read(name)]),
  );
  const units = cacheScales === null ? null : cacheUnits(manifest, cacheScales);
  const words = inStep(
    lengths.map(() => referenceOps(manifest, new Cache(units), new Set(tables.values()))),
  );
  const param = (name: string) => {
    const tensor = tables.get(name) ?? read(name);
    return lengths.map(() => tensor);
  };

  const sequences = lengths.map((length) => {
    const ids = Array.from({ length }, (_, at) => (at * 7919 + length) % config.vocabularySize);
    return { ids, positions: Array.from(ids, (_, at) => at) };
  });
  const inputIds = sequences.map(({ ids }) => idTensor(ids));
  const positionIds = sequences.map(({ positions }) => idTensor(positions));
  const inputs = { inputIds, positionIds, logitsRows: positionIds };
  const logits = gpt2(words, config, param, inputs);
  const questions = {
    targetIds: inputIds,
    normalizerRows: sequences.map(({ positions }) => idTensor([...positions, ...positions])),
    inverseTemperature: sequences.map(({ ids }) =>
      vector([...ids.map(() => 1), ...ids.map(() => inverseTemperature)]),
    ),
  };
  const asked = scores(words, logits, questions, candidateCount);
  return sequences.map(({ ids }, at) => ({
    ids,
    logits: logits[at]!,
    scores: {
      logNormalizer: asked.logNormalizer[at]!,
      targetScores: asked.targetScores[at]!,
      topScores: asked.topScores[at]!,
      topIds: asked.topIds[at]!,
    },
  }));
}

function referenceOps(
  { precision, cache: { headSize } }: Manifest,
  cache: Cache,
  tables: ReadonlySet<Tensor>,
): Ops<Tensor> {
  switch (precision) {
    case 'fp32':
    case 'fp16':
      return eagerOps(cache);
    case 'int8':
      return int8Ops(cache, tables);
    case 'int4':
      return int4Ops(cache, tables, headSize);
  }
}

/** The scales of true heads, without those of padding. */
function cacheUnits({ config, cache }: Manifest, { keys, values }: CacheScales): CacheUnits {
  const trueHeadSize = config.width / config.headCount;
  const isTrue = (_: number, channel: number) => channel % cache.headSize < trueHeadSize;
  return {
    keys: keys.map((scales) => scales.filter(isTrue)),
    values: values.map((scales) => scales.filter(isTrue)),
  };
}
