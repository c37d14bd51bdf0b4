// Verification of parts: each precision passes it, and finds what was done wrong to what it covers.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type ExportOptions, exportCheckpoint } from '../../export/export.ts';
import { readLocations } from '../../export/onnx/locations.ts';
import { dataFile, graphFile } from '../../export/onnx/write.ts';
import type { Verification } from '../../export/verify-extent.ts';
import { ArtifactError } from '../../models/errors.ts';
import type { Gpt2Config } from '../../models/gpt2/config.ts';
import { ArtifactRunner } from '../../src/model/artifact-runner.ts';
import { temporaryFolder } from '../support/folders.ts';
import { randomTensors, tinyConfig, writeCheckpoint } from './tiny-checkpoint.ts';

const folder = temporaryFolder();
const config: Gpt2Config = { ...tinyConfig, layerCount: 5 };
const checkpointDirectory = writeCheckpoint(
  path.join(folder, 'checkpoint'),
  config,
  randomTensors(config),
);
let count = 0;

interface Seen {
  readonly opened: string[];
  verification: Verification | null;
}

/** Exports with `tamper` done to the artifact before each time that something is opened to be run. */
async function exported(
  options: Partial<ExportOptions> = {},
  tamper: (artifact: string, opened: number) => void = () => {},
): Promise<Seen> {
  const seen: Seen = { opened: [], verification: null };
  await exportCheckpoint({
    ...{ checkpointDirectory, outputDirectory: path.join(folder, `artifact-${count++}`) },
    ...{ verify: 'quick', ...options },
    runWith: async (directory) => {
      const isPart = path.basename(directory) === 'verification';
      if (isPart) tamper(path.dirname(directory), seen.opened.length);
      seen.opened.push(path.basename(directory));
      const runner = new ArtifactRunner(directory, 1);
      return { run: async (inputs) => runner.run(inputs), close: async () => runner.dispose() };
    },
    onVerified: (verification) => {
      seen.verification = verification;
    },
  });
  return seen;
}

test.each([
  [{ precision: 'fp32' }, 1e-5],
  [{ precision: 'fp16' }, 0.01],
  [{ precision: 'int8' }, 0.05],
  [{ precision: 'fp32', cachePrecision: 'int8' }, 0.03],
] as const)('%j: the first and the last block are run, each by itself', async (options, most) => {
  const { opened, verification } = await exported(options);
  expect(opened.filter((name) => name === 'verification')).toHaveLength(2);
  expect(verification!.layers).toEqual([0, 4]);
  expect(verification!.largestError).toBeGreaterThan(0);
  expect(verification!.largestError).toBeLessThan(most);
  expect(readdirSync(path.join(folder, `artifact-${count - 1}`)).sort()).toEqual(
    ['kvasir.json', dataFile, graphFile].sort(),
  );
});

test('a small model is run as a whole unless parts are asked for', async () => {
  const { opened, verification } = await exported({ verify: 'auto' });
  expect(opened).not.toContain('verification');
  expect(verification!.layers).toBeNull();
});

function flipOneBit(artifact: string, tensor: string): void {
  const data = path.join(artifact, dataFile);
  const bytes = readFileSync(data);
  const { offset, bytes: length } = readLocations(path.join(artifact, graphFile)).get(tensor)!;
  bytes[offset + length - 2]! ^= 0x40; // of the exponent: not to be overlooked
  writeFileSync(data, bytes, { flag: 'r+' });
}

test.each([
  ['h.0.mlp.c_fc.bias', 'differs from the reference'],
  ['h.4.attn.c_attn.bias', 'differs from the reference'],
  ['ln_f.bias', 'differs from the reference'],
  ['h.1.mlp.c_fc.bias', 'holds something else than h.1.mlp.c_fc.bias'],
  ['h.3.ln_1.weight', 'holds something else than h.3.ln_1.weight'],
])('one bit of %s that is wrong on the disk is found', async (tensor, message) => {
  const exporting = exported({}, (artifact, opened) => {
    if (opened === 0) flipOneBit(artifact, tensor);
  });
  await expect(exporting).rejects.toThrow(ArtifactError);
  await expect(exporting).rejects.toThrow(message);
  expect(existsSync(path.join(folder, `artifact-${count - 1}`))).toBe(false);
});

test('tensors that changed places are found, though no byte is lost', async () => {
  const exporting = exported({}, (artifact, opened) => {
    if (opened > 0) return;
    const graph = path.join(artifact, graphFile);
    const bytes = readFileSync(graph);
    // Names of equal length: what belongs to block 1 is now said to belong to block 2, and the reverse.
    const swapped = Buffer.from(
      bytes
        .toString('latin1')
        .replaceAll('h.1.ln_1.weight', 'h.x.ln_1.weight')
        .replaceAll('h.2.ln_1.weight', 'h.1.ln_1.weight')
        .replaceAll('h.x.ln_1.weight', 'h.2.ln_1.weight'),
      'latin1',
    );
    writeFileSync(graph, swapped);
  });
  await expect(exporting).rejects.toThrow('holds something else than h.1.ln_1.weight');
});
