// The whole graph of an artifact: GPT-2 and the scores of its logits, between the inputs and the
// outputs that the signature promises.

import type { Gpt2Config } from '../../models/gpt2/config.ts';
import { gpt2 } from '../../models/gpt2/gpt2.ts';
import { signature } from '../../models/gpt2/signature.ts';
import type { Precision } from '../../models/manifest.ts';
import { scores } from '../../models/scores.ts';
import type { WeightSource } from '../checkpoint/checkpoint.ts';
import type { CacheScales } from './attention.ts';
import { graphOps } from './builder.ts';
import { checkGraph } from './checker.ts';
import type { Graph, Value } from './ir.ts';
import { paddedHeadSize, padHeads } from './pad-heads.ts';
import { GraphWriter } from './writer.ts';

export interface GraphOptions {
  readonly precision: Precision;
  readonly candidateCount: number;
  /** Makes the cache one of int8. */
  readonly cacheScales: CacheScales | null;
}

export function gpt2Graph(
  config: Gpt2Config,
  weights: WeightSource,
  { precision, candidateCount, cacheScales }: GraphOptions,
): Graph {
  const contract = signature({
    ...config,
    headSize: paddedHeadSize(config),
    cacheType: cacheScales === null ? 'float32' : 'int8',
    candidateCount,
  });
  const writer = new GraphWriter(contract.inputs);
  const ops = graphOps(writer, {
    weights: precision,
    vocabularyTables: new Set(['wte.weight', config.headWeight]),
    cacheScales,
  });
  const padded = padHeads(config, weights);

  const logits = gpt2(ops, config, (name) => writer.parameter(name, padded), {
    inputIds: ops.flatten(writer.input('input_ids')), // [batch*tokens]
    positionIds: ops.flatten(writer.input('position_ids')), // [batch*tokens]
    logitsRows: writer.input('logits_rows'), // [rows]
  });
  const questions = {
    targetIds: writer.input('target_ids'), // [rows]
    normalizerRows: writer.input('normalizer_rows'), // [normalizers]
    inverseTemperature: writer.input('inverse_temperature'), // [normalizers]
  };
  const asked = scores(ops, logits, questions, candidateCount);

  const outputs = new Map<string, Value>([
    ['logits', logits],
    ['log_normalizer', asked.logNormalizer],
    ['target_scores', asked.targetScores],
    ['top_scores', asked.topScores],
    ['top_ids', asked.topIds],
    ...ops.presents,
  ]);
  const graph = writer.finish(outputs);
  checkGraph(graph, contract);
  return graph;
}
