// A model over rows on a CUDA device.

import { type Manifest, signatureSizes } from '../../models/manifest.ts';
import { deviceBackend } from './backend.ts';
import { rowBytes } from './cache-memory.ts';
import { type CudaSettings, type OnCuda, openOnCuda } from './cuda-session.ts';
import type { DeviceLane } from './device-lane.ts';
import { planRows } from './device-memory-plan.ts';
import type { LaneKind } from './lane.ts';
import { Model } from './model.ts';

export type { CudaSettings } from './cuda-session.ts';

export interface CudaModelOptions {
  /** Sequences that generate at the same time at most. */
  readonly mostRows: number;
  /** The most tokens that one prefill step may have, padding included. */
  readonly longestChunk: number;
  /** The most tokens that are drafted; 0: there are no verify plans. */
  readonly longestDraft: number;
}

export interface CudaModel extends OnCuda {
  readonly model: Model;
  readonly lanes: ReadonlyMap<LaneKind, DeviceLane>;
}

/** Throws as `openOnCuda` does. */
export function openCudaModel(
  directory: string,
  manifest: Manifest,
  settings: CudaSettings,
  { mostRows, longestChunk, longestDraft }: CudaModelOptions,
): CudaModel {
  const needs = {
    ...manifest.config,
    weightBytes: manifest.files.reduce((sum, { bytes }) => sum + bytes, 0),
    rowBytes: rowBytes(signatureSizes(manifest)),
    candidateCount: manifest.candidateCount,
    mostSequences: mostRows,
    longestStep: longestChunk,
  };
  const lanes = new Map<LaneKind, DeviceLane>();
  const { made, ...opened } = openOnCuda(
    directory,
    manifest,
    settings,
    (freeBytes) => planRows(freeBytes, settings.memory, needs),
    ({ session, stream, plan }) => {
      const backend = deviceBackend(session, stream, {
        mostGraphs: settings.mostGraphs,
        onLane: (kind, lane) => lanes.set(kind, lane),
      });
      const limits = { rowCount: plan.unitCount, longestChunk, longestDraft };
      const model = new Model(backend, manifest, limits);
      return {
        model,
        captureFailure: () => lanes.get('decode')?.captureFailure ?? null,
        dispose: () => model.dispose(),
      };
    },
  );
  return { ...opened, model: made.model, lanes };
}
