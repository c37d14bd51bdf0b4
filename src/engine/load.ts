// From an artifact on disk to a loop that can step: the model, its cache's memory and the rows that
// the memory is for. Knows no threads.

import { type Manifest, signatureSizes } from '../../models/manifest.ts';
import { ServeError } from '../errors.ts';
import { BlockPool } from '../kv/blocks/block-pool.ts';
import { RowPool } from '../kv/rows.ts';
import { openSession, readManifest } from '../model/artifact.ts';
import { hostBackend } from '../model/backend.ts';
import { rowBytes, rowsWithin } from '../model/cache-memory.ts';
import { type CudaSettings, openCudaModel } from '../model/cuda-model.ts';
import { Model, type ModelOptions } from '../model/model.ts';
import { openCudaPagedModel } from '../model/paged/cuda-paged-model.ts';
import { pagedNeedsCuda } from '../model/paged/needs-cuda.ts';
import { blockBytes, pagedSizes } from '../model/paged/pool-memory.ts';
import { longestChunk } from '../scheduler/chunks.ts';
import { stepTokensFor } from '../scheduler/paged/mixed-pace.ts';
import { longestDraft } from '../speculation/speculator.ts';
import type { EngineLoop, LoopOptions } from './loop.ts';
import { pagedLoop } from './paged-loop.ts';
import type { EngineFacts, EngineOptions } from './protocol.ts';
import { rowLoop } from './row-loop.ts';
import { sessionConfiguration } from './session-configuration.ts';

export interface LoadedEngine {
  readonly loop: EngineLoop;
  readonly facts: EngineFacts;
}

/**
 * Throws `ArtifactError`, ONNX Runtime's error, `Error` where something is missing, or `ServeError`
 * (invalid_setting) where memory is too small, or the cache is none for processors.
 */
export function loadEngine(options: EngineOptions): LoadedEngine {
  const begun = performance.now();
  const manifest = readManifest(options.artifactDirectory);
  const { loop, ...facts } =
    manifest.cache.layout === 'rows' ? overRows(manifest, options) : overBlocks(manifest, options);
  const device = options.cuda === null ? 'cpu' : 'cuda';
  const loadMs = performance.now() - begun;
  return { loop, facts: { manifest, device, ...facts, loadMs } };
}

interface Loaded extends Pick<EngineFacts, 'cache' | 'memory' | 'warnings'> {
  readonly loop: EngineLoop;
}

function overRows(manifest: Manifest, options: EngineOptions): Loaded {
  const { contextLength } = manifest.config;
  const speculation = speculates(manifest, options.speculation);
  const limits = {
    longestDraft: speculation ? longestDraft : 0,
    longestChunk: longestChunk(options.prefillChunkTokens),
  };
  const { model, rowCount, memory, warnings } =
    options.cuda === null
      ? openOnHost(manifest, options, limits)
      : openOnDevice(manifest, options, options.cuda, limits);
  const bytes = rowBytes(signatureSizes(manifest));
  const loop = rowLoop(model, {
    ...loopOptions(manifest),
    rows: new RowPool({ rowCount, contextLength, rowBytes: bytes }),
    prefixReuse: options.prefixReuse,
    speculation,
    maxRunning: options.maxRunning,
    hasFewShapes: options.cuda !== null,
    chunkTokens: options.prefillChunkTokens,
  });
  const units = { unitCount: rowCount, unitTokens: contextLength, unitBytes: bytes };
  return { loop, cache: { layout: 'rows', ...units }, memory, warnings };
}

function overBlocks(manifest: Manifest, options: EngineOptions): Loaded {
  const { artifactDirectory, cuda, maxRunning, prefillChunkTokens, prefixReuse } = options;
  if (cuda === null) throw pagedNeedsCuda();
  const { contextLength } = manifest.config;
  const sizes = pagedSizes(signatureSizes(manifest));
  const stepTokens = stepTokensFor(prefillChunkTokens, maxRunning);
  const opened = openCudaPagedModel(artifactDirectory, manifest, cuda, {
    mostSequences: maxRunning,
    stepTokens,
  });
  const { model, plan, takenBytes } = opened;
  const isDraftAsked = options.speculation === 'on';
  const warnings = isDraftAsked ? [...opened.warnings, noDrafts] : opened.warnings;
  const { blockSize } = sizes;
  const blocks = { blockCount: plan.unitCount, blockSize, blockBytes: blockBytes(sizes) };
  const loop = pagedLoop(model, {
    ...loopOptions(manifest),
    blocks: new BlockPool(blocks),
    contextLength,
    prefixReuse,
    maxRunning,
    stepTokens,
  });
  const units = {
    unitCount: plan.unitCount,
    unitTokens: blockSize,
    unitBytes: blocks.blockBytes,
  };
  return { loop, cache: { layout: 'paged', ...units }, memory: { ...plan, takenBytes }, warnings };
}

const noDrafts =
  '--speculation on: texts are drafted ahead over rows only, not with --kv-layout paged';

function loopOptions({ config, candidateCount }: Manifest): LoopOptions {
  return { vocabularySize: config.vocabularySize, candidateCount, now: () => performance.now() };
}

interface OpenModel extends Pick<EngineFacts, 'memory' | 'warnings'> {
  readonly model: Model;
  readonly rowCount: number;
}

type Limits = Pick<ModelOptions, 'longestDraft' | 'longestChunk'>;

function openOnHost(manifest: Manifest, options: EngineOptions, limits: Limits): OpenModel {
  const rowCount = rowCountWithin(manifest, options);
  const session = openSession(options.artifactDirectory, manifest, {
    provider: { kind: 'cpu' },
    threads: options.threads,
    configuration: sessionConfiguration,
  });
  const model = new Model(hostBackend(session), manifest, { rowCount, ...limits });
  return { model, rowCount, memory: null, warnings: [] };
}

function openOnDevice(
  manifest: Manifest,
  { artifactDirectory, maxRunning }: EngineOptions,
  settings: CudaSettings,
  limits: Limits,
): OpenModel {
  const opened = openCudaModel(artifactDirectory, manifest, settings, {
    mostRows: maxRunning,
    ...limits,
  });
  const { model, plan, takenBytes, warnings } = opened;
  return { model, rowCount: plan.unitCount, memory: { ...plan, takenBytes }, warnings };
}

/**
 * Over a float32 cache several tokens go through another kernel than one does, and the last bits
 * differ. That does no harm to float32 weights; to int8 ones it may be the bit that rounds an
 * activation up or down. Over an int8 cache the kernel is the same. In fp16 the last bits are
 * thousands of times coarser than in float32: a second-best token less than one of them behind may
 * come out first.
 */
export function speculates(
  { precision, cache }: Pick<Manifest, 'precision' | 'cache'>,
  speculation: EngineOptions['speculation'],
): boolean {
  if (speculation !== 'auto') return speculation === 'on';
  return precision === 'fp32' || cache.precision === 'int8';
}

function rowCountWithin(manifest: Manifest, options: EngineOptions): number {
  const sizes = signatureSizes(manifest);
  const rows = rowsWithin(sizes, options.kvMemoryBytes);
  if (rows === 0) {
    throw new ServeError(
      'invalid_setting',
      `the cache needs at least one row of ${rowBytes(sizes)} bytes, ` +
        `and its memory is limited to ${options.kvMemoryBytes}`,
      '--kv-memory',
    );
  }
  return Math.min(rows, options.maxRunning);
}
