// Checkpoint -> artifact: a folder with the graph, its weights, and a manifest that introduces them.
// The artifact appears whole or not at all, and where a way to run it is given, only after its
// answers were compared with the eager reference.

import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError } from '../models/errors.ts';
import type { Gpt2Config } from '../models/gpt2/config.ts';
import { signatureVersion } from '../models/gpt2/signature.ts';
import { parameterCount } from '../models/gpt2/weights.ts';
import {
  type ArtifactFile,
  type CacheLayout,
  type CachePrecision,
  cacheLayoutsWith,
  cachePrecisionsWith,
  type Manifest,
  manifestFile,
  manifestFormat,
  type Precision,
  type TokenizerKind,
} from '../models/manifest.ts';
import { vocabularyFile } from '../models/vocabulary.ts';
import { type Checkpoint, openCheckpoint, type WeightSource } from './checkpoint/checkpoint.ts';
import { detectTokenizer, type OwnTokenizer } from './checkpoint/tokenizer.ts';
import { createFolder } from './folder.ts';
import type { CacheScales } from './graph/attention.ts';
import { type GraphOptions, gpt2Graph } from './graph/gpt2-graph.ts';
import { paddedHeadSize } from './graph/pad-heads.ts';
import { largestHeadSize } from './graph/rules-paged.ts';
import { encodeJson, writeNewFile } from './new-file.ts';
import { writeOnnx } from './onnx/write.ts';
import type { OnProgress } from './progress.ts';
import { calibrateCache, givenSample, madeUpSample } from './quantize/calibrate.ts';
import { calibrationText } from './quantize/calibration-text.ts';
import { preparedFor } from './quantize/prepare.ts';
import {
  type Verification,
  type VerifyChoice,
  verifyWritten,
  type Written,
} from './verify-extent.ts';
import type { ArtifactRunner } from './verify-session.ts';

export type { ArtifactRunner };

/** CUDA's fastest kernel needs no smaller ones for any head size, and heads of 64 need these. */
const defaultBlockSize = 256;

/** How many candidates the graph sorts out for the sampler, where the vocabulary has as many. */
const defaultCandidateCount = 64;

export interface ExportOptions extends ModelExportOptions {
  readonly checkpointDirectory: string;
}

export interface ModelExportOptions {
  readonly outputDirectory: string;
  /** Replace an artifact that stands there already. Anything else is never replaced. */
  readonly replace?: boolean;
  /** Of the weights (fp32). */
  readonly precision?: Precision;
  /** Of keys and values (fp16 if weights are, else fp32); int8 needs `runWith`. */
  readonly cachePrecision?: CachePrecision;
  /** Whether the cache has rows (it has), or blocks, which weights in fp16 alone may have. */
  readonly cacheLayout?: CacheLayout;
  /** Tokens of a block (256); a power of two. */
  readonly blockSize?: number;
  /** Encodes the text that an int8 cache is calibrated with; without, ids are made up. */
  readonly sampleWith?: EncodeSample;
  /** That text, where ours is not like what the model writes; needs `sampleWith`. */
  readonly calibrationText?: string;
  readonly onProgress?: OnProgress;
  /** Opens a written artifact, so that it can be compared with the reference before it is kept. */
  readonly runWith?: (artifactDirectory: string) => Promise<ArtifactRunner>;
  /** How much of it is compared (auto: all of it, but of large models parts). */
  readonly verify?: VerifyChoice;
  readonly onVerified?: (verification: Verification) => void;
}

/** By the tokenizer of the artifact in that folder. */
export type EncodeSample = (text: string, artifactDirectory: string) => Promise<readonly number[]>;

export async function exportCheckpoint(options: ExportOptions): Promise<Manifest> {
  const { checkpointDirectory } = options;
  requireFitting(options);
  const checkpoint = openCheckpoint(checkpointDirectory);
  try {
    const tokenizer = detectTokenizer(checkpointDirectory, checkpoint.config.vocabularySize);
    return await exportModel(checkpoint, tokenizer, options);
  } finally {
    checkpoint.close();
  }
}

/** The same of weights that are open already, wherever they come from. */
export async function exportModel(
  checkpoint: Checkpoint,
  tokenizer: OwnTokenizer,
  options: ModelExportOptions,
): Promise<Manifest> {
  requireFitting(options);
  requireHeads(checkpoint.config, options);
  const { outputDirectory, replace = false } = options;
  const replaceIfHolds = replace ? manifestFile : null;
  return await createFolder(outputDirectory, { replaceIfHolds }, async (folder) => {
    const job = new Job(checkpoint, tokenizer, options);
    const scales = options.cachePrecision === 'int8' ? await job.calibrate(folder) : null;
    const written = await job.write(folder, scales, (done, total) => {
      options.onProgress?.({ stage: 'write', done, total });
    });
    await job.verify(written);
    return written.manifest;
  });
}

function requireFitting(options: ModelExportOptions): void {
  const { precision = 'fp32', cachePrecision, cacheLayout = 'rows' } = options;
  const possible = cachePrecisionsWith(precision);
  const layouts = cacheLayoutsWith(precision);
  if (!layouts.includes(cacheLayout)) {
    throw new Error(`weights in ${precision} have a cache in ${layouts.join(' or ')}`);
  }
  if (cachePrecision === undefined || possible.includes(cachePrecision)) return;
  throw new Error(`weights in ${precision} have a cache in ${possible.join(' or ')}`);
}

/** Throws `CheckpointError` where attention over blocks has no kernel for them. */
function requireHeads(config: Gpt2Config, { cacheLayout }: ModelExportOptions): void {
  const headSize = paddedHeadSize(config);
  if (cacheLayout !== 'paged' || headSize <= largestHeadSize) return;
  throw new CheckpointError(
    `heads of ${headSize} are too large for a paged cache, which has them up to ` +
      `${largestHeadSize}: export it with --kv-layout rows`,
  );
}

/** One export under way. */
class Job {
  readonly #checkpoint: Checkpoint;
  readonly #weights: WeightSource;
  readonly #tokenizer: OwnTokenizer;
  readonly #options: ModelExportOptions;
  readonly #onProgress: OnProgress;

  constructor(checkpoint: Checkpoint, tokenizer: OwnTokenizer, options: ModelExportOptions) {
    this.#checkpoint = checkpoint;
    this.#weights = preparedFor(options.precision ?? 'fp32', checkpoint);
    this.#tokenizer = tokenizer;
    this.#options = options;
    this.#onProgress = options.onProgress ?? (() => {});
  }

  async write(
    folder: string,
    cacheScales: CacheScales | null,
    onBytes: (done: number, total: number) => void,
  ): Promise<Written> {
    const { config } = this.#checkpoint;
    const { precision = 'fp32', cacheLayout = 'rows' } = this.#options;
    const blockSize =
      cacheLayout === 'paged' ? (this.#options.blockSize ?? defaultBlockSize) : null;
    const candidateCount = Math.min(defaultCandidateCount, config.vocabularySize);
    const options = { precision, candidateCount, cacheScales, blockSize };
    const graph = gpt2Graph(config, this.#weights, options);
    const files = [
      ...(await writeOnnx(graph, folder, onBytes)),
      ...(await this.#writeWords(folder)),
    ];
    const manifest = describe(config, this.#tokenizer.kind, options, files);
    await writeNewFile(join(folder, manifestFile), (file) => file.append(encodeJson(manifest)));
    return { folder, manifest, graph, options };
  }

  /** The vocabulary, where the server does not have it. */
  async #writeWords(folder: string): Promise<readonly ArtifactFile[]> {
    const { vocabulary } = this.#tokenizer;
    if (vocabulary === null) return [];
    const json = new TextEncoder().encode(JSON.stringify(vocabulary));
    const path = join(folder, vocabularyFile);
    const { bytes, sha256 } = await writeNewFile(path, (file) => file.append(json));
    return [{ name: vocabularyFile, bytes, sha256 }];
  }

  /** Runs the same model with a float32 cache, which is thrown away afterwards. */
  async calibrate(folder: string): Promise<CacheScales> {
    const { runWith } = this.#options;
    if (runWith === undefined) throw new Error('an int8 cache is calibrated by running the model');
    const scratch = join(folder, 'calibration');
    await mkdir(scratch);
    const onHalf = (half: 0 | 1) => (done: number, total: number) => {
      this.#onProgress({ stage: 'calibrate', done: half * total + done, total: 2 * total });
    };
    const { manifest } = await this.write(scratch, null, onHalf(0));
    const runner = await runWith(scratch);
    try {
      const sample = await this.#sample(scratch, manifest);
      return await calibrateCache(manifest, runner.run, sample, onHalf(1));
    } finally {
      await runner.close();
      await rm(scratch, { recursive: true });
    }
  }

  /** Our text is English: what it leaves unseen of another vocabulary, made-up ids may show. */
  async #sample(artifact: string, manifest: Manifest): Promise<readonly number[]> {
    const { sampleWith, calibrationText: given } = this.#options;
    if (sampleWith !== undefined && given !== undefined) {
      return givenSample(await sampleWith(given, artifact));
    }
    if (sampleWith === undefined || manifest.tokenizer === 'ids') return madeUpSample(manifest);
    const ids = await sampleWith(calibrationText, artifact);
    return manifest.tokenizer === 'gpt2' ? ids : [...ids, ...madeUpSample(manifest)];
  }

  async verify(written: Written): Promise<void> {
    const { runWith, onVerified = () => {}, verify = 'auto' } = this.#options;
    if (runWith === undefined) return;
    const given = { weights: this.#weights, runWith, onProgress: this.#onProgress };
    onVerified(await verifyWritten({ ...written, ...given }, verify));
  }
}

function describe(
  config: Gpt2Config,
  tokenizer: TokenizerKind,
  { precision, candidateCount, cacheScales, blockSize }: GraphOptions,
  files: readonly ArtifactFile[],
): Manifest {
  const [asComputed] = cachePrecisionsWith(precision);
  const cachePrecision = cacheScales === null ? asComputed : 'int8';
  const stored = { precision: cachePrecision, headSize: paddedHeadSize(config) };
  return {
    format: manifestFormat,
    signatureVersion,
    config,
    parameterCount: parameterCount(config),
    precision,
    cache:
      blockSize === null
        ? { ...stored, layout: 'rows' }
        : { ...stored, layout: 'paged', blockSize },
    candidateCount,
    tokenizer,
    files,
  };
}
