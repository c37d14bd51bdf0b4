// A model on a CUDA device: the session over a stream of our own, proof that the whole graph is computed
// there, and the memory that it all takes.

import { type Manifest, signatureSizes } from '../../models/manifest.ts';
import { type CudaOptions, cudaProviderOptions } from '../onnxruntime/cuda-options.ts';
import { deviceMemoryInfo } from '../onnxruntime/cuda-runtime.ts';
import { CudaStream } from '../onnxruntime/cuda-stream.ts';
import { type CudaPlaces, prepareCuda } from '../onnxruntime/provider.ts';
import { recordAssignment } from '../onnxruntime/session.ts';
import { openSession } from './artifact.ts';
import { deviceBackend } from './backend.ts';
import { rowBytes } from './cache-memory.ts';
import type { DeviceLane } from './device-lane.ts';
import { type MemoryBudget, type MemoryPlan, planDeviceMemory } from './device-memory-plan.ts';
import type { LaneKind } from './lane.ts';
import { Model } from './model.ts';
import { type AssignmentFindings, listed, requireOnDevice } from './node-assignment.ts';

/** Plain data, which the engine's thread is started with. */
export interface CudaSettings extends CudaPlaces, Omit<CudaOptions, 'capturesGraphs'> {
  /** Decode steps that may be captured; 0: none. */
  readonly mostGraphs: number;
  readonly memory: MemoryBudget;
}

export interface CudaModelOptions {
  /** Sequences that generate at the same time at most. */
  readonly mostRows: number;
  /** The most tokens that one prefill step may have, padding included. */
  readonly longestChunk: number;
  /** The most tokens that are drafted; 0: there are no verify plans. */
  readonly longestDraft: number;
}

export interface CudaModel {
  readonly manifest: Manifest;
  readonly model: Model;
  readonly plan: MemoryPlan;
  /** Of the device's memory, since before the model was loaded. */
  readonly takenBytes: number;
  readonly lanes: ReadonlyMap<LaneKind, DeviceLane>;
  readonly assignment: AssignmentFindings;
  readonly warnings: readonly string[];
  dispose(): void;
}

/**
 * Throws `Error` in a sentence where something is missing or on the wrong side, and `ServeError`
 * (invalid_setting) where memory is too small. Nothing is taken of the device then.
 */
export function openCudaModel(
  directory: string,
  manifest: Manifest,
  settings: CudaSettings,
  options: CudaModelOptions,
): CudaModel {
  prepareCuda(settings);
  const stream = new CudaStream(settings.deviceId);
  return orGiveBack(stream, () => openOver(stream, directory, manifest, settings, options));
}

function openOver(
  stream: CudaStream,
  directory: string,
  manifest: Manifest,
  settings: CudaSettings,
  { mostRows, longestChunk, longestDraft }: CudaModelOptions,
): CudaModel {
  const { freeBytes } = deviceMemoryInfo();
  const plan = planDeviceMemory(freeBytes, settings.memory, {
    ...manifest.config,
    weightBytes: manifest.files.reduce((sum, { bytes }) => sum + bytes, 0),
    rowBytes: rowBytes(signatureSizes(manifest)),
    candidateCount: manifest.candidateCount,
    mostRows,
    longestStep: longestChunk,
  });
  const options = cudaProviderOptions({
    ...settings,
    capturesGraphs: settings.mostGraphs > 0,
    memoryLimitBytes: plan.arenaLimitBytes,
    stream: stream.pointer,
  });
  const session = openSession(directory, manifest, {
    provider: { kind: 'cuda', options },
    threads: 1,
    configuration: recordAssignment,
  });
  return orGiveBack(session, () => {
    const assignment = requireOnDevice(session.assignedNodes());
    const lanes = new Map<LaneKind, DeviceLane>();
    const { rowCount } = plan;
    const backend = deviceBackend(session, stream, {
      mostGraphs: settings.mostGraphs,
      onLane: (kind, lane) => lanes.set(kind, lane),
    });
    const model = new Model(backend, manifest, { rowCount, longestChunk, longestDraft });
    return {
      manifest,
      model,
      plan,
      takenBytes: freeBytes - deviceMemoryInfo().freeBytes,
      lanes,
      assignment,
      warnings: warningsOf(assignment, lanes),
      dispose: () => {
        model.dispose();
        session.dispose();
        stream.dispose();
      },
    };
  });
}

/** What `open` makes of something that was taken; where it throws, that is given back. */
function orGiveBack<T>(taken: { dispose(): void }, open: () => T): T {
  try {
    return open();
  } catch (error) {
    try {
      taken.dispose();
    } catch {
      // The error that is on its way says more.
    }
    throw error;
  }
}

function warningsOf(
  { tolerated }: AssignmentFindings,
  lanes: ReadonlyMap<LaneKind, DeviceLane>,
): string[] {
  const failure = lanes.get('decode')?.captureFailure ?? null;
  return [
    ...(tolerated.length === 0 ? [] : [`computed on the CPU: ${listed(tolerated)}`]),
    ...(failure === null ? [] : [`steps are not captured as CUDA graphs: ${failure}`]),
  ];
}
