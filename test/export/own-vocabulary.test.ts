// A vocabulary of a model's own, from the checkpoint's folder to the server's tokenizer.

import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type ExportOptions, exportCheckpoint } from '../../export/export.ts';
import { madeUpSample } from '../../export/quantize/calibrate.ts';
import { ArtifactError, CheckpointError } from '../../models/errors.ts';
import { readManifest } from '../../src/model/artifact.ts';
import { openTokenizer } from '../../src/model/artifact-tokenizer.ts';
import { temporaryFolder } from '../support/folders.ts';
import { openArtifact } from '../support/storyteller.ts';
import { tinyConfig, writeCheckpoint } from './tiny-checkpoint.ts';

const folder = temporaryFolder();
const config = { ...tinyConfig, vocabularySize: 410, contextLength: 64, bosTokenId: 1 };
const checkpoint = writeCheckpoint(path.join(folder, 'checkpoint'), config);
cpSync('test/fixtures/vocabularies/bytes/tokenizer.json', path.join(checkpoint, 'tokenizer.json'));
let count = 0;

async function exported(options: Partial<ExportOptions> = {}): Promise<string> {
  const outputDirectory = path.join(folder, `artifact-${count++}`);
  await exportCheckpoint({ checkpointDirectory: checkpoint, outputDirectory, ...options });
  return outputDirectory;
}

test('an artifact carries the vocabulary of its checkpoint, and says so', async () => {
  const artifact = await exported();
  const manifest = readManifest(artifact);
  expect(manifest.tokenizer).toBe('bpe');
  expect(manifest.files.map(({ name }) => name)).toContain('vocabulary.json');
  const tokenizer = openTokenizer(artifact, manifest);
  expect(tokenizer.vocabularySize).toBe(410);
  expect(tokenizer.decode(tokenizer.encode('Die Brücke.<user>'))).toBe('Die Brücke.<user>');
});

test('a vocabulary that was changed, or is missing, is refused', async () => {
  const artifact = await exported();
  const manifest = readManifest(artifact);
  const file = path.join(artifact, 'vocabulary.json');
  writeFileSync(file, readFileSync(file, 'utf8').replace('harbour', 'hArbour'));
  expect(() => openTokenizer(artifact, manifest)).toThrow(ArtifactError);
  expect(() => openTokenizer(artifact, manifest)).toThrow(
    'vocabulary.json is not what was exported',
  );
  const files = manifest.files.filter(({ name }) => name !== 'vocabulary.json');
  writeFileSync(path.join(artifact, 'kvasir.json'), JSON.stringify({ ...manifest, files }));
  expect(() => readManifest(artifact)).toThrow('vocabulary.json among them');
});

test("an int8 cache is calibrated with text in the model's own ids, or with the text that is given", async () => {
  const samples: (readonly number[])[] = [];
  const options = {
    cachePrecision: 'int8',
    runWith: openArtifact,
    sampleWith: async (text: string, artifact: string) => {
      const ids = openTokenizer(artifact, readManifest(artifact)).encode(text);
      samples.push(ids);
      return ids;
    },
  } as const;
  await exported(options);
  expect(samples[0]!.length).toBeGreaterThan(4000);
  const given = 'The harbour lay quiet under a low grey sky. '.repeat(40);
  const artifact = await exported({ ...options, calibrationText: given });
  expect(openTokenizer(artifact, readManifest(artifact)).decode(samples[1]!)).toBe(given);
  const short = exported({ ...options, calibrationText: 'The harbour.' });
  await expect(short).rejects.toThrow(CheckpointError);
  await expect(short).rejects.toThrow(/has \d+ tokens; supported: at least 256/);
});

test('ids that are made up for a calibration are of every kind', async () => {
  const ids = madeUpSample(readManifest(await exported()));
  expect(new Set(ids).size).toBeGreaterThan(200);
  expect(Math.max(...ids)).toBeLessThan(410);
});
