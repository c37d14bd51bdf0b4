import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Content, contentOf } from '../../export/checkpoint/content.ts';
import { openWeights } from '../../export/checkpoint/open-weights.ts';
import { CheckpointError } from '../../models/errors.ts';
import { temporaryFolder } from '../support/folders.ts';
import { bundleFiles } from './tensorflow-writer.ts';
import { randomTensors, safetensors, tinyConfig } from './tiny-checkpoint.ts';

const folder = temporaryFolder();
const file = path.join(folder, 'file');
const from = (hex: string) => Buffer.from(hex, 'hex');

test.each<[Content, Uint8Array]>([
  ['safetensors', safetensors(randomTensors(tinyConfig))],
  ['sstable', bundleFiles(new Map()).index],
  ['zip', from('504b0304000000')],
  ['pickles', from('80028a0a6cfc9c46f9206aa850192e80024d')],
  ['hdf5', from('894844460d0a1a0a00')],
  ['gguf', Buffer.from('GGUF\x03\0\0\0')],
  ['lfs pointer', Buffer.from('version https://git-lfs.github.com/spec/v1\noid sha256:00')],
  ['unknown', Buffer.from('')],
  ['unknown', Buffer.from('<!doctype html>')],
  ['unknown', from('80028a0a0000000000000000000000')], // a pickle that torch.save did not write
  ['unknown', from('ffffffffffffffff7b7d')], // a header longer than the file
])('a file is seen to be %s by what is in it', (content, bytes) => {
  writeFileSync(file, bytes);
  expect(contentOf(file)).toBe(content);
});

const names = [
  'model.safetensors',
  'model.safetensors.index.json',
  'pytorch_model.bin',
  'pytorch_model.bin.index.json',
  'model.ckpt.index',
  'some.pt',
];

const start = fc.constantFrom('', '504b0304', '80028a0a6cfc9c46f9206aa850192e', '0800000000000000');

test('whatever bytes lie where weights should, they are refused by name, or hold nothing', () => {
  const end = fc.constantFrom('', '57fb808b247547db');
  const bytes = fc.tuple(start, fc.uint8Array({ maxLength: 200 }), end);
  let count = 0;
  fc.assert(
    fc.property(fc.constantFrom(...names), bytes, (name, [head, middle, tail]) => {
      const directory = path.join(folder, `case-${count++}`);
      mkdirSync(directory);
      writeFileSync(path.join(directory, name), Buffer.concat([from(head), middle, from(tail)]));
      try {
        const weights = openWeights(directory);
        expect(weights.shapes.size).toBe(0);
        weights.close();
      } catch (error) {
        expect(error).toBeInstanceOf(CheckpointError);
      }
    }),
    { numRuns: 500 },
  );
});
