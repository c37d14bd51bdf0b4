// Runs an artifact on onnxruntime-node's own binding: another way to the same kernels than the
// server's, with caches that go in and come out as separate memory.

import path from 'node:path';
import * as onnxruntime from 'onnxruntime-node';
import type { ArtifactRunner } from '../../export/export.ts';
import { graphFile } from '../../export/onnx/write.ts';
import type { TensorData } from '../../export/verify-session.ts';

export async function openNodeRunner(artifactDirectory: string): Promise<ArtifactRunner> {
  const session = await onnxruntime.InferenceSession.create(
    path.join(artifactDirectory, graphFile),
    { intraOpNumThreads: 1 },
  );
  return {
    run: async (inputs) => {
      const feeds = [...inputs].map(([name, { type, data, shape }]) => {
        return [name, new onnxruntime.Tensor(type, data as Float32Array, shape)] as const;
      });
      const outputs = await session.run(Object.fromEntries(feeds));
      return new Map(
        Object.entries(outputs).map(([name, { type, dims, data }]) => {
          return [name, { type, shape: dims, data } as TensorData];
        }),
      );
    },
    close: () => session.release(),
  };
}
