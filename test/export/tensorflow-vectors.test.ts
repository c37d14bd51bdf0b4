// Checkpoints that TensorFlow wrote: OpenAI's own, without its data, and three tiny ones with theirs.

import {
  copyFileSync,
  cpSync,
  mkdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openCheckpoint } from '../../export/checkpoint/checkpoint.ts';
import { contentOf } from '../../export/checkpoint/content.ts';
import { SourceFile } from '../../export/checkpoint/source-file.ts';
import { Bundle } from '../../export/checkpoint/tensorflow/bundle.ts';
import { decodeEntry } from '../../export/checkpoint/tensorflow/bundle-schema.ts';
import { readTable } from '../../export/checkpoint/tensorflow/sstable.ts';
import { publishedSizes } from '../../models/gpt2/config.ts';
import { sharedData, temporaryFolder } from '../support/folders.ts';

const vectors = sharedData('vectors');
const why = vectors === null ? ' (skipped: ../shared/vectors is not here)' : '';
const at = (...parts: string[]) => path.join(vectors ?? '', ...parts);

describe.skipIf(vectors === null)(`checkpoints of TensorFlow${why}`, () => {
  test("OpenAI's index says what its decoded twin says, tensor by tensor", () => {
    const file = SourceFile.open(at('openai_ckpt_124M', 'model.ckpt.index'));
    const [header, ...entries] = readTable(file);
    file.close();
    expect(header!.key).toBe('');
    const decoded = entries.map(({ key, value }) => {
      const { dtype, shape, shard_id, offset, size, crc32c } = decodeEntry(value)!;
      return {
        ...{ name: key, dtype, shape: shape!.dim.map((axis) => axis.size) },
        ...{ shard: shard_id, offset, size, crc: crc32c.toString(16).padStart(8, '0') },
      };
    });
    const expected = JSON.parse(readFileSync(at('openai_ckpt_124M', 'index_decoded.json'), 'utf8'));
    expect(decoded).toHaveLength(148);
    expect(decoded).toEqual(expected.tensors);
  });

  test("OpenAI's folder opens by our names, and data that is not theirs is found out", () => {
    const folder = path.join(temporaryFolder(), '124M');
    mkdirSync(folder);
    for (const file of ['model.ckpt.index', 'hparams.json', 'checkpoint']) {
      copyFileSync(at('openai_ckpt_124M', file), path.join(folder, file));
    }
    expect(() => openCheckpoint(folder)).toThrow(
      'model.ckpt.index: model.ckpt.data-00000-of-00001, which it names, is missing',
    );
    const data = path.join(folder, 'model.ckpt.data-00000-of-00001');
    writeFileSync(data, '');
    truncateSync(data, 497_759_231);
    expect(() => openCheckpoint(folder)).toThrow(
      'model.ckpt.data-00000-of-00001 has 497759231 bytes, the tensors in it take 497759232',
    );
    truncateSync(data, 497_759_232);
    const checkpoint = openCheckpoint(folder);
    expect(checkpoint.config).toEqual(publishedSizes['124M']);
    expect(checkpoint.shape('h.11.attn.c_attn.weight')).toEqual([768, 2304]);
    expect(() => checkpoint.read('h.11.attn.c_attn.weight')).toThrow('is damaged: its checksum');
    checkpoint.close();
  });

  test.each([
    ['half_plus_two_cpu', { a: 0.5, b: 2 }],
    ['half_plus_two_tf2_cpu', { 'a/.ATTRIBUTES/VARIABLE_VALUE': 0.5 }],
    ['counter', { counter: 0 }],
  ])('%s, whose index is compressed with Snappy, reads right to the checksum', (name, expected) => {
    const index = at('tf_bundle_small', `saved_model_${name}.variables.index`);
    expect(contentOf(index)).toBe('sstable');
    const bundle = Bundle.open(index);
    const values = [...bundle.shapes.keys()].map((key) => [key, bundle.read(key)[0]]);
    expect(Object.fromEntries(values)).toMatchObject(expected);
    bundle.close();
  });

  test('one flipped bit in the data of a real checkpoint is found', () => {
    const folder = temporaryFolder();
    cpSync(at('tf_bundle_small'), folder, { recursive: true });
    const data = path.join(folder, 'saved_model_half_plus_two_cpu.variables.data-00000-of-00001');
    const bytes = readFileSync(data);
    bytes[2]! ^= 1;
    writeFileSync(data, bytes);
    const bundle = Bundle.open(data.replace('data-00000-of-00001', 'index'));
    expect(() => bundle.read('a')).toThrow("a is damaged: its checksum differs from the index's");
    bundle.close();
  });
});
