// Checkpoints as OpenAI published them: TensorFlow's bundles, and the numbers they hold.

import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openCheckpoint } from '../../export/checkpoint/checkpoint.ts';
import { Bundle } from '../../export/checkpoint/tensorflow/bundle.ts';
import { CheckpointError } from '../../models/errors.ts';
import { temporaryFolder } from '../support/folders.ts';
import {
  type BundleTensor,
  bytesOf,
  entryProto,
  headerProto,
  maskedCrc,
  openAiConfig,
  openAiTensors,
  table,
  writeBundle,
} from './tensorflow-writer.ts';
import { randomTensors } from './tiny-checkpoint.ts';

const folder = temporaryFolder();
let count = 0;
const fresh = () => path.join(folder, `case-${count++}`);

const config = openAiConfig;
const hparams = {
  n_vocab: config.vocabularySize,
  n_ctx: config.contextLength,
  n_embd: config.width,
  n_head: config.headCount,
  n_layer: config.layerCount,
};

function writeFolder(tensors = openAiTensors(), options: Parameters<typeof writeBundle>[2] = {}) {
  const directory = fresh();
  writeBundle(directory, tensors, options);
  writeFileSync(path.join(directory, 'hparams.json'), JSON.stringify(hparams));
  return directory;
}

describe("a checkpoint of OpenAI's", () => {
  test.each([
    ['raw blocks', {}],
    ['Snappy blocks', { snappy: true }],
    ['blocks of one entry', { entriesPerBlock: 1 }],
    ['one block of all entries', { entriesPerBlock: 1000 }],
  ])('with %s is a config and weights by our names', (_, options) => {
    const checkpoint = openCheckpoint(writeFolder(openAiTensors(), options));
    expect(checkpoint.config).toEqual(config);
    for (const [name, { bytes, shape }] of randomTensors(config)) {
      expect(checkpoint.shape(name)).toEqual(shape);
      expect(new Uint8Array(checkpoint.read(name).buffer)).toEqual(bytes);
    }
    checkpoint.close();
  });

  test('may lie in several data files', () => {
    const tensors = [...openAiTensors()].map(([name, tensor], at) => {
      return [name, { ...tensor, shard: at % 3 }] as const;
    });
    const directory = writeFolder(new Map(tensors));
    expect(readdirSync(directory)).toContain('model.ckpt.data-00002-of-00003');
    const checkpoint = openCheckpoint(directory);
    for (const [name, { bytes }] of randomTensors(config)) {
      expect(new Uint8Array(checkpoint.read(name).buffer)).toEqual(bytes);
    }
    checkpoint.close();
  });

  test('of somebody who trained on is the latest one, without what the optimizer kept', () => {
    const tensors = openAiTensors();
    const { shape, bytes } = tensors.get('model/wpe')!;
    for (const name of ['model/wpe/Adam', 'model/wpe/Adam_1']) {
      tensors.set(name, { dtype: 1, shape, bytes });
    }
    tensors.set('beta1_power', { dtype: 1, shape: [], bytes: new Uint8Array(4) });
    tensors.set('global_step', { dtype: 9, shape: [], bytes: new Uint8Array(8) });
    const directory = writeFolder(tensors, { name: 'model-1000' });
    writeBundle(directory, new Map(), { name: 'model-900' });
    const lines = 'model_checkpoint_path: "/home/me/run1/model-1000"\nall_model: "model-900"\n';
    writeFileSync(path.join(directory, 'checkpoint'), lines);
    const checkpoint = openCheckpoint(directory);
    expect(new Uint8Array(checkpoint.read('wpe.weight').buffer)).toEqual(bytes);
    checkpoint.close();
  });

  test('stands beside a folder called checkpoint as well', () => {
    const directory = writeFolder();
    mkdirSync(path.join(directory, 'checkpoint'));
    openCheckpoint(directory).close();
  });

  test.each([
    [{ ...hparams, n_head: 5 }, 'hparams.json: n_head is 5; supported: a divisor of n_embd, 24'],
    [
      { ...hparams, n_vocab: undefined },
      'hparams.json: n_vocab is missing; supported: a whole number',
    ],
    [{ ...hparams, n_layer: 12 }, 'tensors missing: h.11.ln_1.weight'],
    [[], 'hparams.json must be a JSON object'],
  ])('with hparams.json that does not fit (%j) is refused', (json, message) => {
    const directory = writeFolder();
    writeFileSync(path.join(directory, 'hparams.json'), JSON.stringify(json));
    expect(() => openCheckpoint(directory)).toThrow(CheckpointError);
    expect(() => openCheckpoint(directory)).toThrow(message);
  });
});

test('half, bfloat16 and double become float32, whatever their number', () => {
  const tensors = new Map<string, BundleTensor>([
    ['double', { dtype: 2, shape: [3], bytes: bytesOf(Float64Array.of(0.1, -2, 1e-320)) }],
    ['half', { dtype: 19, shape: [2], bytes: bytesOf(Uint16Array.of(0x3c00, 0xc000)) }],
    ['brain', { dtype: 14, shape: [2, 1], bytes: bytesOf(Uint16Array.of(0x3f80, 0xc049)) }],
    ['none', { dtype: 1, shape: [0], bytes: new Uint8Array(0) }],
    ['count', { dtype: 9, shape: [], bytes: new Uint8Array(8) }],
  ]);
  const bundle = Bundle.open(writeBundle(fresh(), tensors));
  expect(bundle.shapes).toEqual(
    new Map([
      ...[['brain', [2, 1]] as const, ['double', [3]] as const],
      ...[['half', [2]] as const, ['none', [0]] as const],
    ]),
  );
  expect(bundle.read('double')).toEqual(Float32Array.of(0.1, -2, 0));
  expect(bundle.read('half')).toEqual(Float32Array.of(1, -2));
  expect(bundle.read('brain')).toEqual(Float32Array.of(1, -3.140625));
  expect(bundle.read('none')).toEqual(new Float32Array(0));
  bundle.close();
});

test('a tensor behind 2^31 and behind 2^32 bytes is found, and one of them is read alone', () => {
  const indexPath = writeBundle(fresh(), new Map());
  const data = indexPath.replace('index', 'data-00000-of-00001');
  const values = bytesOf(Float32Array.of(7, 8));
  const tensor = { dtype: 1, shape: [2], shard: 0, size: 8, crc: maskedCrc(values) };
  const offsets = { a: 2 ** 31 + 4, b: 2 ** 32 + 4, c: 2 ** 33 };
  const entries = Object.entries(offsets).map(([name, offset]) => {
    return [name, entryProto({ ...tensor, offset })] as const;
  });
  writeFileSync(indexPath, table([['', headerProto(1)], ...entries]));
  truncateSync(data, 2 ** 33 + 8); // a hole: it takes no place on the disk
  const descriptor = openSync(data, 'r+');
  for (const offset of Object.values(offsets)) writeSync(descriptor, values, 0, 8, offset);
  closeSync(descriptor);
  const bundle = Bundle.open(indexPath);
  for (const name of ['a', 'b', 'c']) expect(bundle.read(name)).toEqual(Float32Array.of(7, 8));
  bundle.close();
});
