// Data files beyond 4 GiB, as the largest model has: here one with a hole that long, which takes no
// place on the disk.

import { closeSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openCheckpoint } from '../../export/checkpoint/checkpoint.ts';
import { exportCheckpoint } from '../../export/export.ts';
import { gpt2Graph } from '../../export/graph/gpt2-graph.ts';
import { readLocations } from '../../export/onnx/locations.ts';
import { encodeModel } from '../../export/onnx/model.ts';
import { dataFile, graphFile } from '../../export/onnx/write.ts';
import { verifyArtifact } from '../../export/verify.ts';
import { verifyData } from '../../export/verify-data.ts';
import { type Manifest, manifestFile } from '../../models/manifest.ts';
import { ArtifactRunner } from '../../src/model/artifact-runner.ts';
import { temporaryFolder } from '../support/folders.ts';
import { writeCheckpoint } from './tiny-checkpoint.ts';

const far = 2 ** 32;

test('ONNX Runtime and verification find tensors behind 2^32 bytes', async () => {
  const folder = temporaryFolder();
  const checkpointDirectory = writeCheckpoint(path.join(folder, 'checkpoint'));
  const artifact = path.join(folder, 'artifact');
  const manifest = await exportCheckpoint({ checkpointDirectory, outputDirectory: artifact });
  const checkpoint = openCheckpoint(checkpointDirectory);
  const options = {
    precision: 'fp32',
    candidateCount: 64,
    cacheScales: null,
    blockSize: null,
  } as const;
  const graph = gpt2Graph(checkpoint.config, checkpoint, options);

  const [graphPath, dataPath] = [graphFile, dataFile].map((name) => path.join(artifact, name));
  const near = readLocations(graphPath!);
  const moved = graph.parameters.map((parameter) => {
    const location = near.get(parameter.value.name)!;
    return [parameter, { ...location, offset: location.offset + far }] as const;
  });
  writeFileSync(graphPath!, encodeModel(graph, new Map(moved)));
  const bytes = readFileSync(dataPath!);
  truncateSync(dataPath!, 0);
  truncateSync(dataPath!, far + bytes.length);
  const descriptor = openSync(dataPath!, 'r+');
  writeSync(descriptor, bytes, 0, bytes.length, far);
  closeSync(descriptor);
  const files = manifest.files.map((file) => {
    const length = file.name === dataFile ? far + bytes.length : readFileSync(graphPath!).length;
    return { ...file, bytes: length };
  });
  const farther: Manifest = { ...manifest, files };
  writeFileSync(path.join(artifact, manifestFile), JSON.stringify(farther));

  const runner = new ArtifactRunner(artifact, 1);
  const run = async (inputs: Parameters<ArtifactRunner['run']>[0]) => runner.run(inputs);
  const { largestError } = await verifyArtifact(farther, checkpoint, null, run);
  expect(largestError).toBeLessThan(1e-5);
  runner.dispose();
  await verifyData(graph, artifact, () => {});
  checkpoint.close();
});
