// The whole way on somebody else's model, against literal outputs: safetensors -> graph -> ONNX ->
// ONNX Runtime, through the cache.

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ArtifactRunner, exportCheckpoint } from '../../export/export.ts';
import { Session } from '../../export/verify-session.ts';
import type { Manifest } from '../../models/manifest.ts';
import { sharedData, temporaryFolder } from '../support/folders.ts';
import { openNodeRunner } from './node-runner.ts';

const vectors = sharedData('vectors/tiny_random_gpt2_onnx');
const why = vectors === null ? ' (skipped: ../shared/vectors is not here)' : '';

interface Expected {
  readonly greedy: readonly { input_ids: number[]; expected: number[] }[];
  readonly logits: readonly {
    input_ids: number[];
    last_row_first8: number[];
    top5_last: [number, number][];
    mean_nll_shifted: number;
  }[];
}

describe.skipIf(vectors === null)(`tiny-random-gpt2, exported${why}`, () => {
  const artifact = path.join(temporaryFolder(), 'tiny-random');
  let expected: Expected;
  let manifest: Manifest;
  let runner: ArtifactRunner;
  beforeAll(async () => {
    expected = JSON.parse(readFileSync(path.join(vectors!, 'expected.json'), 'utf8'));
    manifest = await exportCheckpoint({ checkpointDirectory: vectors!, outputDirectory: artifact });
    runner = await openNodeRunner(artifact);
  });
  afterAll(() => runner.close());

  test("continues with the greedy ids of ONNX Runtime's own tests", async () => {
    for (const { input_ids: prompt, expected: text } of expected.greedy) {
      const session = new Session(manifest, runner.run, 1);
      const ids = [...prompt];
      let from = 0;
      while (ids.length < text.length) {
        const outputs = await session.step([{ ids, from, to: ids.length }]);
        const lastRow = ids.length - from - 1;
        from = ids.length;
        ids.push(outputs.topIds(lastRow)[0]!);
      }
      expect(ids).toEqual(text);
    }
  });

  test('has the logits of float64 NumPy', async () => {
    for (const literal of expected.logits) {
      const ids = literal.input_ids;
      const session = new Session(manifest, runner.run, 1);
      const outputs = await session.step([{ ids, from: 0, to: ids.length }]);
      const last = outputs.logits(ids.length - 1);
      const tolerance = 1e-4 * Math.max(...last.map(Math.abs));
      literal.last_row_first8.forEach((logit, at) => {
        expect(Math.abs(last[at]! - logit)).toBeLessThan(tolerance);
      });
      literal.top5_last.forEach(([id, score], rank) => {
        expect(outputs.topIds(ids.length - 1)[rank]).toBe(id);
        expect(Math.abs(outputs.topScores(ids.length - 1)[rank]! - score)).toBeLessThan(tolerance);
      });
      let loss = 0;
      ids.slice(1).forEach((id, at) => {
        loss += (outputs.logNormalizer(at) - outputs.logits(at)[id]!) / (ids.length - 1);
      });
      expect(loss).toBeCloseTo(literal.mean_nll_shifted, 5);
    }
  });
});
