// The doctor's models on the device, and what their opening proves.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { openSession, readManifest } from '../model/artifact.ts';
import {
  type CudaModel,
  type CudaModelOptions,
  type CudaSettings,
  openCudaModel,
} from '../model/cuda-model.ts';
import type { OnCuda } from '../model/cuda-session.ts';
import { gibibytes } from '../model/device-memory-plan.ts';
import { copyOperators } from '../model/node-assignment.ts';
import {
  type CudaPagedModel,
  type CudaPagedOptions,
  openCudaPagedModel,
} from '../model/paged/cuda-paged-model.ts';
import { cudaProviderOptions } from '../onnxruntime/cuda-options.ts';
import { CudaStream } from '../onnxruntime/cuda-stream.ts';
import type { Result } from './findings.ts';

/** Throws `Error` where a node of the graph is not on the device. */
export function openOnDevice(
  artifact: string,
  settings: CudaSettings,
  options: CudaModelOptions,
): Result<CudaModel> {
  const manifest = readManifest(artifact);
  const opened = openCudaModel(artifact, manifest, settings, options);
  const graphs = opened.lanes.get('decode')?.graphCount ?? 0;
  return opening(opened, settings, graphs, `${opened.plan.unitCount} rows`);
}

function opening<Model extends OnCuda>(
  opened: Model,
  settings: CudaSettings,
  graphs: number,
  room: string,
): Result<Model> {
  const { assignment, plan, takenBytes, warnings } = opened;
  const isWithin = takenBytes <= plan.budgetBytes;
  const isCaptured = settings.mostGraphs === 0 || graphs > 0;
  const said =
    `${assignment.onDevice} nodes on the device, ${assignment.tolerated.length} on the CPU; ` +
    `${graphs} graphs captured; ${room}, ${gibibytes(takenBytes)} taken of ` +
    `${gibibytes(plan.budgetBytes)} allowed${warnings.map((warning) => `; ${warning}`).join('')}`;
  const figures = { assignment, plan, takenBytes, graphs, warnings };
  return { isGood: isWithin && isCaptured && warnings.length === 0, said, figures, value: opened };
}

/** The same over blocks. */
export function openPagedOnDevice(
  artifact: string,
  settings: CudaSettings,
  options: CudaPagedOptions,
): Result<CudaPagedModel> {
  const opened = openCudaPagedModel(artifact, readManifest(artifact), settings, options);
  const { lane, plan } = opened;
  return opening(opened, settings, lane.graphCount, `${plan.unitCount} blocks`);
}

/** Nodes that carry numbers between host and device are put in after nodes were assigned. */
export function lookForCopies(
  artifact: string,
  settings: CudaSettings,
  scratch: string,
): Result<null> {
  const file = path.join(scratch, 'optimized.onnx');
  const stream = new CudaStream(settings.deviceId);
  const options = cudaProviderOptions({
    ...settings,
    // Captures would have the session refused.
    capturesGraphs: false,
    memoryLimitBytes: 0,
    stream: stream.pointer,
  });
  try {
    const session = openSession(artifact, readManifest(artifact), {
      provider: { kind: 'cuda', options },
      threads: 1,
      configuration: {},
      optimizedModelFile: file,
    });
    session.dispose();
  } finally {
    stream.dispose();
  }
  const graph = readFileSync(file);
  const found = copyOperators.filter((name) => graph.includes(name));
  const said = found.length === 0 ? 'none in the graph as it is computed' : found.join(' and ');
  return { isGood: found.length === 0, said, value: null };
}
