// Files that PyTorch wrote (test/fixtures/pytorch.py, with versions): every one of them holds the
// weights of model.safetensors, in numbers that each precision holds exactly.

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openCheckpoint } from '../../export/checkpoint/checkpoint.ts';
import { openTensorFile } from '../../export/checkpoint/open-weights.ts';
import { SafetensorsFile } from '../../export/checkpoint/safetensors.ts';
import { exportCheckpoint } from '../../export/export.ts';
import { Session } from '../../export/verify-session.ts';
import { CheckpointError } from '../../models/errors.ts';
import { sharedData, temporaryFolder } from '../support/folders.ts';
import { openNodeRunner } from './node-runner.ts';

const fixtures = path.resolve('test/fixtures/pytorch');
const folder = temporaryFolder();
let count = 0;

/** A checkpoint's folder whose weights are one of the fixtures. */
function checkpointOf(file: string, as = 'pytorch_model.bin'): string {
  const directory = path.join(folder, `case-${count++}`);
  mkdirSync(directory);
  copyFileSync(path.join(fixtures, 'config.json'), path.join(directory, 'config.json'));
  copyFileSync(path.join(fixtures, file), path.join(directory, as));
  return directory;
}

const expected = SafetensorsFile.open(path.join(fixtures, 'model.safetensors'));
const weights = new Map([...expected.shapes.keys()].map((name) => [name, expected.read(name)]));
expected.close();

describe.each([
  ['zip.bin', 'the zip form, with a tied head'],
  ['legacy.bin', 'the form of 2019, with masks of bytes'],
  ['half.bin', 'float16'],
  ['bfloat16.bin', 'bfloat16'],
  ['legacy-double.bin', 'float64 in the form of 2019'],
  ['views.bin', 'transposed views of one storage, with holes'],
  ['legacy-views.bin', 'transposed tensors in the form of 2019'],
  ['parameters.bin', 'a plain dict of parameters, in protocol 4'],
  ['training.pt', 'the state dict of a compiled model beside other things'],
  ['no-checksums.bin', 'no checksums, and masks of booleans'],
])('%s: %s', (file) => {
  test('has the weights of the safetensors file', () => {
    const checkpoint = openCheckpoint(checkpointOf(file));
    for (const [name, values] of weights) expect(checkpoint.read(name)).toEqual(values);
    checkpoint.close();
  });
});

test('what the only file is called does not matter', () => {
  const directory = checkpointOf('training.pt', 'training.pt');
  for (const leftover of ['optimizer.pt', 'rng_state_0.pth', 'training_args.bin']) {
    writeFileSync(path.join(directory, leftover), '');
  }
  openCheckpoint(directory).close();
  openCheckpoint(checkpointOf('legacy.bin', 'weights.pth')).close();
});

test('which of several files was meant is not guessed', () => {
  const directory = checkpointOf('zip.bin', 'b.pt');
  copyFileSync(path.join(fixtures, 'half.bin'), path.join(directory, 'a.bin'));
  const message = 'the folder holds a.bin, b.pt: call the right one';
  expect(() => openCheckpoint(directory)).toThrow(CheckpointError);
  expect(() => openCheckpoint(directory)).toThrow(message);
});

test('a checkpoint in several files is read by its index', () => {
  const index = 'pytorch_model.bin.index.json';
  const directory = checkpointOf(index, index);
  for (const shard of [1, 2].map((number) => `pytorch_model-0000${number}-of-00002.bin`)) {
    expect(() => openCheckpoint(directory)).toThrow(`${shard} is missing`);
    copyFileSync(path.join(fixtures, shard), path.join(directory, shard));
  }
  const checkpoint = openCheckpoint(directory);
  for (const [name, values] of weights) expect(checkpoint.read(name)).toEqual(values);
  checkpoint.close();
});

test.each(['zip.bin', 'legacy.bin', 'views.bin'])(
  '%s, exported, has the logits of transformers',
  async (file) => {
    const { ids, logits } = JSON.parse(readFileSync(path.join(fixtures, 'logits.json'), 'utf8'));
    const artifact = path.join(folder, `artifact-${file}`);
    const manifest = await exportCheckpoint({
      checkpointDirectory: checkpointOf(file),
      outputDirectory: artifact,
    });
    const runner = await openNodeRunner(artifact);
    try {
      const session = new Session(manifest, runner.run, 1);
      const outputs = await session.step([{ ids, from: 0, to: ids.length }]);
      logits.forEach((row: number[], at: number) => {
        const found = outputs.logits(at);
        row.forEach((logit, id) => {
          expect(found[id]).toBeCloseTo(logit, 4);
        });
      });
    } finally {
      await runner.close();
    }
  },
);

const vectors = sharedData('vectors/pytorch_pt');
const why = vectors === null ? ' (skipped: ../shared/vectors is not here)' : '';

test.skipIf(vectors === null).each(['test.pt', 'test_with_key.pt'])(
  `somebody else's %s is a tensor of whole numbers, which are no weights${why}`,
  (file) => {
    const opened = openTensorFile(path.join(vectors!, file), 'unknown');
    expect([...opened.shapes]).toEqual([['test', [2, 4]]]);
    expect(() => opened.read('test')).toThrow(
      `${file}: test is stored as I64; supported: F32, F16, BF16, F64`,
    );
    opened.close();
  },
);
