import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Checkpoint, openCheckpoint } from '../../export/checkpoint/checkpoint.ts';
import { type ArtifactRunner, exportCheckpoint } from '../../export/export.ts';
import { verifyArtifact } from '../../export/verify.ts';
import type { Run } from '../../export/verify-session.ts';
import { ArtifactError } from '../../models/errors.ts';
import { weightShapes } from '../../models/gpt2/weights.ts';
import type { Manifest } from '../../models/manifest.ts';
import { temporaryFolder } from '../support/folders.ts';
import { openNodeRunner } from './node-runner.ts';
import { writeCheckpoint } from './tiny-checkpoint.ts';

const folder = temporaryFolder();
const artifact = path.join(folder, 'artifact');
let checkpoint: Checkpoint;
let manifest: Manifest;
let runner: ArtifactRunner;
beforeAll(async () => {
  const checkpointDirectory = writeCheckpoint(path.join(folder, 'checkpoint'));
  manifest = await exportCheckpoint({ checkpointDirectory, outputDirectory: artifact });
  checkpoint = openCheckpoint(checkpointDirectory);
  runner = await openNodeRunner(artifact);
});
afterAll(async () => {
  checkpoint.close();
  await runner.close();
});

test('a sound artifact is within float32 of the reference', async () => {
  const { largestError } = await verifyArtifact(manifest, checkpoint, null, runner.run);
  expect(largestError).toBeGreaterThan(0);
  expect(largestError).toBeLessThan(1e-5);
});

test('first prompts, continuations and a padded batch are all asked for', async () => {
  const asked: string[] = [];
  const listening: Run = (inputs) => {
    const tokens = inputs.get('input_ids')!.shape.join(' x ');
    asked.push(`${tokens} to ${inputs.get('total_sequence_length')!.data[0]}`);
    return runner.run(inputs);
  };
  await verifyArtifact(manifest, checkpoint, null, listening);
  expect(asked).toEqual(['2 x 5 to 5', '2 x 1 to 6', '1 x 4 to 4', '1 x 2 to 6']);
});

test('every tensor of the checkpoint is read once', async () => {
  const read: string[] = [];
  const listening = {
    shape: (name: string) => checkpoint.shape(name),
    read: (name: string) => {
      read.push(name);
      return checkpoint.read(name);
    },
  };
  await verifyArtifact(manifest, listening, null, runner.run);
  expect(read.toSorted()).toEqual([...weightShapes(checkpoint.config).keys()].sort());
});

/** The artifact, with one number of one output changed in one of the four runs. */
function withFault(output: string, runIndex: number, change: (value: number) => number): Run {
  let index = 0;
  return async (inputs) => {
    const outputs = await runner.run(inputs);
    const { data } = outputs.get(output)!;
    if (index++ === runIndex) {
      if (data instanceof BigInt64Array) data[1] = BigInt(change(Number(data[1])));
      else data[1] = change(data[1]!);
    }
    return outputs;
  };
}

test.each([
  ['logits', 0],
  ['log_normalizer', 1],
  ['log_normalizer', 2],
  ['target_scores', 3],
  ['top_scores', 0],
])('a small error in %s of run %i is found', async (output, run) => {
  const faulty = withFault(output, run, (value) => value * 1.01);
  await expect(verifyArtifact(manifest, checkpoint, null, faulty)).rejects.toThrow(ArtifactError);
});

test('a wrong candidate is found', async () => {
  const faulty = withFault('top_ids', 1, (id) => (id + 1) % 97);
  await expect(verifyArtifact(manifest, checkpoint, null, faulty)).rejects.toThrow('differs from');
});

test('a wrong entry of the cache is found', async () => {
  const faulty = withFault('present_value_1', 0, (value) => value + 1);
  await expect(verifyArtifact(manifest, checkpoint, null, faulty)).rejects.toThrow('differs from');
});

test('a number that is none is found', async () => {
  const faulty = withFault('logits', 3, () => Number.NaN);
  await expect(verifyArtifact(manifest, checkpoint, null, faulty)).rejects.toThrow(
    'NaN of the largest',
  );
});

test('an artifact that fails is not kept, and its runner is closed', async () => {
  const outputDirectory = path.join(folder, 'refused');
  let closed = 0;
  const attempt = exportCheckpoint({
    checkpointDirectory: path.join(folder, 'checkpoint'),
    outputDirectory,
    runWith: async () => ({
      run: withFault('logits', 0, () => 1e3),
      close: async () => {
        closed++;
      },
    }),
  });
  await expect(attempt).rejects.toThrow('it is not kept');
  expect(closed).toBe(1);
  await expect(openNodeRunner(outputDirectory)).rejects.toThrow();
});
