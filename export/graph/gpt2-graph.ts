// The whole graph of an artifact: GPT-2 and the scores of its logits, between the inputs and the
// outputs that the signature promises.

import type { Gpt2Config } from '../../models/gpt2/config.ts';
import { gpt2 } from '../../models/gpt2/gpt2.ts';
import { type Signature, type SignatureSizes, signature } from '../../models/gpt2/signature.ts';
import type { Precision } from '../../models/manifest.ts';
import { scores } from '../../models/scores.ts';
import type { WeightSource } from '../checkpoint/checkpoint.ts';
import type { CacheScales } from './attention.ts';
import { graphOps } from './builder.ts';
import { checkGraph } from './checker.ts';
import { fuse } from './fuse.ts';
import type { Graph, Value } from './ir.ts';
import { paddedHeadSize, padHeads } from './pad-heads.ts';
import { GraphWriter } from './writer.ts';

export interface GraphOptions {
  readonly precision: Precision;
  readonly candidateCount: number;
  /** Makes the cache one of int8. */
  readonly cacheScales: CacheScales | null;
  /** Tokens of a block, where the cache has blocks; null where it has rows. */
  readonly blockSize: number | null;
}

export function gpt2Graph(config: Gpt2Config, weights: WeightSource, options: GraphOptions): Graph {
  const contract = contractOf(config, options);
  const plain = plainGraph(config, weights, options);
  // What the other precisions are for, the CPU, starts nothing for a node.
  const graph = options.precision === 'fp16' ? fuse(plain) : plain;
  checkGraph(graph, contract);
  return graph;
}

/** As the words say it, one after the other. */
export function plainGraph(
  config: Gpt2Config,
  weights: WeightSource,
  options: GraphOptions,
): Graph {
  const { precision, candidateCount, cacheScales, blockSize } = options;
  const writer = new GraphWriter(contractOf(config, options).inputs);
  const ops = graphOps(writer, {
    weights: precision,
    vocabularyTables: new Set(['wte.weight', config.headWeight]),
    headTable: config.headWeight,
    cacheScales,
    isPaged: blockSize !== null,
  });
  const padded = padHeads(config, weights);

  const logits = gpt2(ops, config, (name) => writer.parameter(name, padded), {
    inputIds: ops.enter(writer.input('input_ids')), // [n]
    positionIds: ops.enter(writer.input('position_ids')), // [n]
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
  return writer.finish(outputs);
}

function contractOf(config: Gpt2Config, options: GraphOptions): Signature {
  const { precision, candidateCount, cacheScales, blockSize } = options;
  return signature({
    ...config,
    headSize: paddedHeadSize(config),
    cacheType: cacheTypeOf(precision, cacheScales),
    blockSize,
    candidateCount,
  });
}

/** Attention computes, and caches, in the type that activations have. */
function cacheTypeOf(
  precision: Precision,
  scales: CacheScales | null,
): SignatureSizes['cacheType'] {
  if (scales !== null) return 'int8';
  return precision === 'fp16' ? 'float16' : 'float32';
}
