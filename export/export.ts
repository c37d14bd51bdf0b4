// Checkpoint -> artifact: a folder with the graph, its weights, and a manifest that introduces them.
// The artifact appears whole or not at all, and where a way to run it is given, only after its
// answers were compared with the eager reference.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { signatureVersion } from '../models/gpt2/signature.ts';
import { elementCount, parameterCount, weightShapes } from '../models/gpt2/weights.ts';
import { type Manifest, manifestFile, manifestFormat } from '../models/manifest.ts';
import { openCheckpoint } from './checkpoint/checkpoint.ts';
import { detectTokenizer } from './checkpoint/tokenizer.ts';
import { createFolder } from './folder.ts';
import { gpt2Graph } from './graph/gpt2-graph.ts';
import { paddedHeadSize } from './graph/pad-heads.ts';
import { writeOnnx } from './onnx/write.ts';

/** How many candidates the graph sorts out for the sampler, where the vocabulary has as many. */
const defaultCandidateCount = 64;

export interface ExportProgress {
  readonly stage: 'write' | 'verify';
  readonly done: number;
  readonly total: number;
}

export interface ExportOptions {
  readonly checkpointDirectory: string;
  readonly outputDirectory: string;
  /** Replace an artifact that stands there already. Anything else is never replaced. */
  readonly replace?: boolean;
  readonly onProgress?: (progress: ExportProgress) => void;
}

export async function exportCheckpoint(options: ExportOptions): Promise<Manifest> {
  const { checkpointDirectory, outputDirectory, replace = false, onProgress = () => {} } = options;
  const checkpoint = openCheckpoint(checkpointDirectory);
  try {
    const { config } = checkpoint;
    const tokenizer = detectTokenizer(checkpointDirectory, config);
    const candidateCount = Math.min(defaultCandidateCount, config.vocabularySize);
    const graph = gpt2Graph(config, checkpoint, candidateCount);
    const total = [...weightShapes(config).values()].reduce(
      (sum, s) => sum + elementCount(s) * 4,
      0,
    );
    let done = 0;
    const replaceIfHolds = replace ? manifestFile : null;
    return await createFolder(outputDirectory, { replaceIfHolds }, async (folder) => {
      const files = await writeOnnx(graph, folder, (bytes) => {
        done += bytes;
        onProgress({ stage: 'write', done, total });
      });
      const manifest: Manifest = {
        format: manifestFormat,
        signatureVersion,
        config,
        parameterCount: parameterCount(config),
        precision: 'fp32',
        cache: { precision: 'fp32', headSize: paddedHeadSize(config) },
        candidateCount,
        tokenizer,
        files,
      };
      await writeFile(join(folder, manifestFile), `${JSON.stringify(manifest, null, 2)}\n`);
      return manifest;
    });
  } finally {
    checkpoint.close();
  }
}
