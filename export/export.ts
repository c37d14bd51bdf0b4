// Checkpoint -> artifact: a folder with the graph, its weights, and a manifest that introduces them.
// The artifact appears whole or not at all, and where a way to run it is given, only after its
// answers were compared with the eager reference.

import { join } from 'node:path';
import type { Gpt2Config } from '../models/gpt2/config.ts';
import { signatureVersion } from '../models/gpt2/signature.ts';
import { parameterCount } from '../models/gpt2/weights.ts';
import {
  type ArtifactFile,
  type Manifest,
  manifestFile,
  manifestFormat,
  type TokenizerKind,
} from '../models/manifest.ts';
import { type Checkpoint, openCheckpoint } from './checkpoint/checkpoint.ts';
import { detectTokenizer } from './checkpoint/tokenizer.ts';
import { createFolder } from './folder.ts';
import { gpt2Graph } from './graph/gpt2-graph.ts';
import { paddedHeadSize } from './graph/pad-heads.ts';
import { encodeJson, writeNewFile } from './new-file.ts';
import { writeOnnx } from './onnx/write.ts';
import type { OnProgress } from './progress.ts';
import { type Verification, verifyArtifact } from './verify.ts';
import type { Run } from './verify-session.ts';

/** How many candidates the graph sorts out for the sampler, where the vocabulary has as many. */
const defaultCandidateCount = 64;

export interface ExportOptions {
  readonly checkpointDirectory: string;
  readonly outputDirectory: string;
  /** Replace an artifact that stands there already. Anything else is never replaced. */
  readonly replace?: boolean;
  readonly onProgress?: OnProgress;
  /** Opens the written artifact, so that it can be compared with the reference before it is kept. */
  readonly verifyWith?: (artifactDirectory: string) => Promise<ArtifactRunner>;
  readonly onVerified?: (verification: Verification) => void;
}

export interface ArtifactRunner {
  readonly run: Run;
  close(): Promise<void>;
}

export async function exportCheckpoint(options: ExportOptions): Promise<Manifest> {
  const { checkpointDirectory, outputDirectory, replace = false, verifyWith } = options;
  const { onProgress = () => {}, onVerified = () => {} } = options;
  const checkpoint = openCheckpoint(checkpointDirectory);
  try {
    const { config } = checkpoint;
    const tokenizer = detectTokenizer(checkpointDirectory, config);
    const candidateCount = Math.min(defaultCandidateCount, config.vocabularySize);
    const graph = gpt2Graph(config, checkpoint, candidateCount);
    const replaceIfHolds = replace ? manifestFile : null;
    return await createFolder(outputDirectory, { replaceIfHolds }, async (folder) => {
      const files = await writeOnnx(graph, folder, (done, total) => {
        onProgress({ stage: 'write', done, total });
      });
      const manifest = describe(config, tokenizer, candidateCount, files);
      await writeNewFile(join(folder, manifestFile), (file) => file.append(encodeJson(manifest)));
      if (verifyWith) {
        onVerified(await verify(manifest, checkpoint, await verifyWith(folder), onProgress));
      }
      return manifest;
    });
  } finally {
    checkpoint.close();
  }
}

function describe(
  config: Gpt2Config,
  tokenizer: TokenizerKind,
  candidateCount: number,
  files: readonly ArtifactFile[],
): Manifest {
  return {
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
}

async function verify(
  manifest: Manifest,
  checkpoint: Checkpoint,
  runner: ArtifactRunner,
  onProgress: OnProgress,
): Promise<Verification> {
  try {
    return await verifyArtifact(manifest, checkpoint, runner.run, onProgress);
  } finally {
    await runner.close();
  }
}
