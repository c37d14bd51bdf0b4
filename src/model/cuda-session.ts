// A model's session on a CUDA device: over a stream of our own, within the memory that was planned for it,
// and with proof that the whole graph is computed there.

import type { Manifest } from '../../models/manifest.ts';
import { type CudaOptions, cudaProviderOptions } from '../onnxruntime/cuda-options.ts';
import { deviceMemoryInfo } from '../onnxruntime/cuda-runtime.ts';
import { CudaStream } from '../onnxruntime/cuda-stream.ts';
import { type CudaPlaces, prepareCuda } from '../onnxruntime/provider.ts';
import { recordAssignment, type Session } from '../onnxruntime/session.ts';
import { openSession } from './artifact.ts';
import type { MemoryBudget, MemoryPlan } from './device-memory-plan.ts';
import { type AssignmentFindings, listed, requireOnDevice } from './node-assignment.ts';

/** Plain data, which the engine's thread is started with. */
export interface CudaSettings extends CudaPlaces, Omit<CudaOptions, 'capturesGraphs'> {
  /** Decode steps that may be captured; 0: none. */
  readonly mostGraphs: number;
  readonly memory: MemoryBudget;
}

/** What every model on a device has, whatever its cache is made of. */
export interface OnCuda {
  readonly manifest: Manifest;
  readonly plan: MemoryPlan;
  /** Of the device's memory, since before the model was loaded. */
  readonly takenBytes: number;
  readonly assignment: AssignmentFindings;
  readonly warnings: readonly string[];
  dispose(): void;
}

/** What is made over the session. */
export interface Made {
  /** Why steps are not captured; null where they are, or need not be. */
  captureFailure(): string | null;
  dispose(): void;
}

export interface CudaParts {
  readonly session: Session;
  readonly stream: CudaStream;
  readonly plan: MemoryPlan;
}

/**
 * `make` gets the session, within what `planMemory` makes of the bytes that are free. Throws `Error` in a
 * sentence where something is missing or on the wrong side, and `ServeError` (invalid_setting) where
 * memory is too small. Nothing is taken of the device then.
 */
export function openOnCuda<T extends Made>(
  directory: string,
  manifest: Manifest,
  settings: CudaSettings,
  planMemory: (freeBytes: number) => MemoryPlan,
  make: (parts: CudaParts) => T,
): OnCuda & { readonly made: T } {
  prepareCuda(settings);
  const stream = new CudaStream(settings.deviceId);
  return orGiveBack(stream, () => {
    const { freeBytes } = deviceMemoryInfo();
    const plan = planMemory(freeBytes);
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
      const made = make({ session, stream, plan });
      return {
        manifest,
        made,
        plan,
        takenBytes: freeBytes - deviceMemoryInfo().freeBytes,
        assignment,
        warnings: warningsOf(assignment, made.captureFailure()),
        dispose: () => {
          made.dispose();
          session.dispose();
          stream.dispose();
        },
      };
    });
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

function warningsOf({ tolerated }: AssignmentFindings, failure: string | null): string[] {
  return [
    ...(tolerated.length === 0 ? [] : [`computed on the CPU: ${listed(tolerated)}`]),
    ...(failure === null ? [] : [`steps are not captured as CUDA graphs: ${failure}`]),
  ];
}
