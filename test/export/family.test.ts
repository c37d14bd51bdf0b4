// Every way in which GPT-2s differ from the published ones, against Hugging Face's transformers: the
// reference to the last digits that the fixture has, and the artifact on the server's own runtime.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openCheckpoint } from '../../export/checkpoint/checkpoint.ts';
import { exportCheckpoint } from '../../export/export.ts';
import { Session } from '../../export/verify-session.ts';
import { eagerOps } from '../../models/eager.ts';
import { idTensor, row, vector } from '../../models/eager-tensor.ts';
import { gpt2 } from '../../models/gpt2/gpt2.ts';
import { readManifest } from '../../src/model/artifact.ts';
import { temporaryFolder } from '../support/folders.ts';
import { openArtifact } from '../support/storyteller.ts';

interface Answer {
  readonly ids: readonly number[];
  readonly dtype: 'torch.float32' | 'torch.float64';
  readonly logits: readonly (readonly number[])[]; // [ids, vocabulary]
}

const fixture: Readonly<Record<string, Answer>> = JSON.parse(
  readFileSync(new URL('../fixtures/family.json', import.meta.url), 'utf8'),
);
const artifacts = temporaryFolder();

describe.each(Object.entries(fixture))('%s', (name, { ids, dtype, logits: expected }) => {
  const directory = path.resolve('test/fixtures/family', name);
  const checkpoint = openCheckpoint(directory);
  afterAll(() => checkpoint.close());

  test('is what transformers computes', () => {
    const param = (tensor: string) => ({
      shape: checkpoint.shape(tensor),
      data: checkpoint.read(tensor),
    });
    const logits = gpt2(eagerOps(), checkpoint.config, param, {
      inputIds: idTensor(ids),
      positionIds: idTensor([...ids.keys()]),
      logitsRows: idTensor([...ids.keys()]),
    });
    const tolerance = dtype === 'torch.float64' ? 2e-8 : 2e-5;
    for (const [at, all] of expected.entries()) {
      expect(largestError(row(logits, at), all)).toBeLessThan(tolerance);
    }
  });

  test.each([
    ['fp32', 2e-5],
    ['int8', 0.08],
  ] as const)('is that in an artifact in %s, within %d', async (precision, tolerance) => {
    const outputDirectory = path.join(artifacts, `${name}-${precision}`);
    const asked = { checkpointDirectory: directory, outputDirectory, precision };
    await exportCheckpoint({ ...asked, runWith: openArtifact });
    const runner = await openArtifact(outputDirectory);
    try {
      const session = new Session(readManifest(outputDirectory), runner.run, 1);
      const outputs = await session.step([{ ids, from: 0, to: ids.length }]);
      for (const [at, all] of expected.entries()) {
        expect(largestError(outputs.logits(at), all)).toBeLessThan(tolerance);
      }
    } finally {
      await runner.close();
    }
  });
});

test('no gelu is less than what int8 has room for', () => {
  const inputs = vector(Array.from({ length: 20_001 }, (_, at) => at / 1000 - 10));
  for (const activation of ['gelu', 'gelu_new'] as const) {
    const least = Math.min(...eagerOps().activate(inputs, activation).data);
    expect(least).toBeGreaterThan(-0.1701);
    expect(least).toBeLessThan(-0.1699);
  }
});

/** Of any entry, relative to the largest magnitude that is expected. */
function largestError(found: ArrayLike<number>, expected: readonly number[]): number {
  expect(found.length).toBe(expected.length);
  const largest = Math.max(...expected.map(Math.abs));
  return Math.max(...expected.map((value, at) => Math.abs(value - found[at]!))) / largest;
}
