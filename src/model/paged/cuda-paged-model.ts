// A model over blocks on a CUDA device.

import { type Manifest, signatureSizes } from '../../../models/manifest.ts';
import { type CudaSettings, type OnCuda, openOnCuda } from '../cuda-session.ts';
import { planBlocks } from '../device-memory-plan.ts';
import type { DevicePagedLane } from './device-paged-lane.ts';
import { devicePagedBackend } from './paged-backend.ts';
import { PagedModel } from './paged-model.ts';
import { blockBytes, blocksOfContext, pagedSizes } from './pool-memory.ts';

export interface CudaPagedOptions {
  /** Sequences that generate at the same time at most. */
  readonly mostSequences: number;
  /** The most tokens of a step. */
  readonly stepTokens: number;
}

export interface CudaPagedModel extends OnCuda {
  readonly model: PagedModel;
  readonly lane: DevicePagedLane;
}

/** Throws as `openOnCuda` does. */
export function openCudaPagedModel(
  directory: string,
  manifest: Manifest,
  settings: CudaSettings,
  { mostSequences, stepTokens }: CudaPagedOptions,
): CudaPagedModel {
  const sizes = pagedSizes(signatureSizes(manifest));
  const needs = {
    ...manifest.config,
    weightBytes: manifest.files.reduce((sum, { bytes }) => sum + bytes, 0),
    blockBytes: blockBytes(sizes),
    blocksOfContext: blocksOfContext(sizes),
    candidateCount: manifest.candidateCount,
    mostSequences,
    longestStep: stepTokens,
  };
  const { made, ...opened } = openOnCuda(
    directory,
    manifest,
    settings,
    (freeBytes) => planBlocks(freeBytes, settings.memory, needs),
    ({ session, stream, plan }) => {
      const lanes: DevicePagedLane[] = [];
      const backend = devicePagedBackend(session, stream, {
        mostGraphs: settings.mostGraphs,
        onLane: (lane) => lanes.push(lane),
      });
      const limits = { blockCount: plan.unitCount, stepTokens, mostSequences };
      const model = new PagedModel(backend, manifest, limits);
      const lane = lanes[0]!;
      return {
        model,
        lane,
        captureFailure: () => lane.captureFailure,
        dispose: () => model.dispose(),
      };
    },
  );
  return { ...opened, model: made.model, lane: made.lane };
}
