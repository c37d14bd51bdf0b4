// Models over a cache of blocks, for processors: graphs whose attention is spelled out. In float32, too,
// which is served nowhere: there two ways of computing the same can be told from two results.

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { type Checkpoint, openCheckpoint } from '../../export/checkpoint/checkpoint.ts';
import { gpt2Graph } from '../../export/graph/gpt2-graph.ts';
import { paddedHeadSize } from '../../export/graph/pad-heads.ts';
import { pagedOnCpu } from '../../export/graph/paged-on-cpu.ts';
import { writeOnnx } from '../../export/onnx/write.ts';
import { signatureVersion } from '../../models/gpt2/signature.ts';
import { parameterCount } from '../../models/gpt2/weights.ts';
import { type Manifest, manifestFormat } from '../../models/manifest.ts';
import { temporaryFolder } from './folders.ts';

export interface PagedTwin {
  readonly folder: string;
  readonly manifest: Manifest;
}

interface TwinOptions {
  readonly blockSize: number;
  readonly precision?: 'fp32' | 'fp16';
  /** Less than the model has, so that a whole table is read sooner. */
  readonly contextLength?: number;
}

/** Of the checkpoint in a folder. */
export async function pagedTwin(
  checkpointDirectory: string,
  { blockSize, precision = 'fp32', contextLength }: TwinOptions,
): Promise<PagedTwin> {
  const checkpoint = openCheckpoint(checkpointDirectory);
  try {
    const cut = contextLength === undefined ? checkpoint : cutShort(checkpoint, contextLength);
    return await pagedTwinOf(cut, blockSize, precision);
  } finally {
    checkpoint.close();
  }
}

/** The same model, which knows fewer positions. */
function cutShort(checkpoint: Checkpoint, contextLength: number): Checkpoint {
  const { width } = checkpoint.config;
  const isTable = (name: string) => name === 'wpe.weight';
  return {
    config: { ...checkpoint.config, contextLength },
    shape: (name) => (isTable(name) ? [contextLength, width] : checkpoint.shape(name)),
    read: (name) => {
      const data = checkpoint.read(name);
      return isTable(name) ? data.slice(0, contextLength * width) : data;
    },
    close: () => checkpoint.close(),
  };
}

async function pagedTwinOf(
  checkpoint: Checkpoint,
  blockSize: number,
  precision: 'fp32' | 'fp16',
): Promise<PagedTwin> {
  const { config } = checkpoint;
  const candidateCount = Math.min(64, config.vocabularySize);
  const options = { precision, candidateCount, cacheScales: null, blockSize };
  const folder = path.join(temporaryFolder(), `paged-${precision}`);
  mkdirSync(folder);
  const graph = pagedOnCpu(gpt2Graph(config, checkpoint, options));
  const files = await writeOnnx(graph, folder, () => {});
  const headSize = paddedHeadSize(config);
  const manifest: Manifest = {
    format: manifestFormat,
    signatureVersion,
    config,
    parameterCount: parameterCount(config),
    precision,
    cache: { precision, headSize, layout: 'paged', blockSize },
    candidateCount,
    tokenizer: 'ids',
    files,
  };
  return { folder, manifest };
}
