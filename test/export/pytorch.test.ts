// Files that PyTorch wrote (test/fixtures/pytorch.py, with versions): every one of them holds the
// weights of model.safetensors, in numbers that each precision holds exactly.

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openCheckpoint } from '../../export/checkpoint/checkpoint.ts';
import { openTensorFile } from '../../export/checkpoint/open-weights.ts';
import { PytorchFile } from '../../export/checkpoint/pytorch/pytorch-file.ts';
import { SafetensorsFile } from '../../export/checkpoint/safetensors.ts';
import { exportCheckpoint } from '../../export/export.ts';
import { Session } from '../../export/verify-session.ts';
import { CheckpointError } from '../../models/errors.ts';
import { sharedData, temporaryFolder } from '../support/folders.ts';
import { openNodeRunner } from './node-runner.ts';
import {
  type Bytes,
  dict,
  type LegacyParts,
  legacy,
  op,
  orderedDict,
  pickle,
  pytorchEntries,
  sixNumbers,
  stateDictPickle,
  tensor,
  tuple,
  zip,
} from './pytorch-writer.ts';

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

const file = path.join(folder, 'w.bin');

/** Writes, opens and reads everything; what came out of `w`. */
function readBytes(bytes: Uint8Array, form: 'zip' | 'legacy'): number[] {
  writeFileSync(file, bytes);
  const opened = PytorchFile.open(file, form);
  try {
    return [...opened.read('w')];
  } finally {
    opened.close();
  }
}

const readZip = (data: Bytes) => readBytes(zip(pytorchEntries(data)), 'zip');
const readLegacy = (parts: LegacyParts) => readBytes(legacy(parts), 'legacy');

function refusal(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    expect(error).toBeInstanceOf(CheckpointError);
    expect((error as Error).message).toMatch(/^w\.bin: /);
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}

test('the files that tests write are right, unless they are told to be wrong', () => {
  expect(readZip(stateDictPickle())).toEqual([1, 2, 3, 4, 5, 6]);
  expect(readLegacy({})).toEqual([1, 2, 3, 4, 5, 6]);
});

const pair = (a: number | bigint, b: number | bigint) =>
  tuple(...[a, b].map((n) => (typeof n === 'bigint' ? op.long(n) : op.int(n))));

test('a view of one number, of none, and of a row', () => {
  const one = { offset: op.int(5), shape: op.emptyTuple, strides: op.emptyTuple };
  expect(readZip(stateDictPickle(one))).toEqual([6]);
  expect(readZip(stateDictPickle({ shape: pair(0, 9), strides: pair(9, 1) }))).toEqual([]);
  const row = { offset: op.int(3), shape: pair(1, 3), strides: pair(1000, 1) };
  expect(readZip(stateDictPickle(row))).toEqual([4, 5, 6]);
});

test.each([
  [
    'a view beyond its storage',
    { offset: op.int(1) },
    'ends at number 7 of storage 0, which has 6',
  ],
  ['a negative offset', { offset: op.int(-1) }, 'no valid offset'],
  ['an offset beyond any file', { offset: op.long(1n << 62n) }, 'no valid offset'],
  ['a negative size', { shape: pair(-2, 3) }, 'no valid shape'],
  ['sizes beyond any file', { shape: pair(1n << 52n, 1n << 52n) }, 'ends at number'],
  ['a negative stride', { strides: pair(-3, 1) }, 'no valid strides'],
  ['strides beyond any file', { strides: pair(1n << 52n, 1n << 52n) }, 'ends at number'],
  ['strides for fewer axes', { strides: tuple(op.int(1)) }, '2 axes and 1 strides'],
  ['a shape that is a list', { shape: op.emptyList }, 'no valid shape'],
  ['a size that is true', { shape: tuple(op.true, op.int(3)) }, 'no valid shape'],
  [
    'one row over and over',
    { strides: pair(0, 1) },
    'w uses numbers of its storage more than once',
  ],
  ['rows that overlap', { strides: pair(1, 1) }, 'w uses numbers of its storage more than once'],
  ['a storage of another length', { count: op.int(7) }, '7 F32, takes 28 bytes, not 24'],
  ['a negative length', { count: op.int(-6) }, 'storage 0 has no valid length'],
  ['a length beyond any file', { count: op.long(1n << 52n) }, 'not 24'],
  ['another precision', { type: op.global('torch', 'HalfStorage') }, '6 F16, takes 12 bytes'],
  ['an unknown storage', { type: op.global('torch', 'CharStorage') }, 'asks for torch.CharStorage'],
  ['a type that is a string', { type: op.text('FloatStorage') }, 'a string is no type of storage'],
  [
    'a type that is no type',
    { type: op.global('collections', 'OrderedDict') },
    'no type of storage',
  ],
  ['a key that is a number', { key: op.int(0) }, 'a key that is no string'],
  ['a storage that is not there', { key: op.text('1') }, 'data/1 is missing in it'],
  ['a storage outside', { key: op.text('../data/0') }, 'data/../data/0 is missing in it'],
  ['a view of a view', { view: tuple(op.text('0'), op.int(0), op.int(6)) }, 'a view of another'],
  ['one thing too many', { hooks: [...orderedDict, ...op.none, ...op.none] }, 'made of 8 things'],
  [
    'a tensor that is negated',
    { hooks: [...orderedDict, ...dict([op.text('neg'), op.true])] },
    'a tensor is negated or conjugated',
  ],
])('%s is a clear error', (_, given, message) => {
  expect(refusal(() => readZip(stateDictPickle(given)))).toContain(message);
});

const entry = (name: string, value: Bytes) => [op.text(name), value] as const;

test.each([
  ['a tensor alone', tensor(), 'it holds a tensor, not a state dict'],
  ['a number', op.int(7), 'it holds the number 7, not a state dict'],
  ['an empty dict', op.emptyDict, 'it has no keys'],
  ['no tensors', dict(entry('lr', op.int(1)), entry('on', op.true)), 'it has lr, on'],
  [
    'two state dicts',
    dict(entry('model', dict(entry('w', tensor()))), entry('state_dict', op.emptyDict)),
    'it has model, state_dict',
  ],
  ['a tensor named by a number', dict([op.int(1), tensor()]), 'named by the number 1'],
  ['a tensor twice', dict(entry('w', tensor()), entry('w', tensor())), 'w is there twice'],
  ['something else among tensors', dict(entry('w', tensor()), entry('n', op.none)), 'n is None'],
  [
    'a training checkpoint of nanoGPT',
    dict(entry('model', dict(entry('w', tensor()))), entry('model_args', op.emptyDict)),
    'a training checkpoint of nanoGPT',
  ],
  [
    'one storage in two precisions',
    dict(entry('w', tensor()), entry('v', tensor({ type: op.global('torch', 'LongStorage') }))),
    'storage 0 is 6 F32 in one place, 6 I64 in another',
  ],
])('%s is a clear error', (_, object, message) => {
  expect(refusal(() => readZip(pickle(object)))).toContain(message);
});

const replaced = (name: string, change: object) =>
  pytorchEntries().map((entry) => (entry.name === name ? { ...entry, ...change } : entry));

test.each([
  ['big-endian', replaced('a/byteorder', { data: Buffer.from('big') }), 'byteorder is "big"'],
  ['no description', pytorchEntries().slice(1), 'not of torch.save: it has not one data.pkl'],
  ['two folders', [...pytorchEntries(), { name: 'b/x', data: sixNumbers }], 'b/x lies outside'],
  [
    'a program',
    [...pytorchEntries(), { name: 'a/constants.pkl', data: sixNumbers }],
    'it is a TorchScript program',
  ],
  ['a damaged storage', replaced('a/data/0', { crc32: 1 }), 'a/data/0 is damaged'],
  ['a damaged description', replaced('a/data.pkl', { crc32: 1 }), 'a/data.pkl is damaged'],
  [
    'more behind the description',
    replaced('a/data.pkl', { data: Uint8Array.from([...stateDictPickle(), 0]) }),
    'something follows it',
  ],
  [
    'a description of 16 MiB and more',
    replaced('a/data.pkl', { data: new Uint8Array(2 ** 24 + 1) }),
    'its data.pkl has 16777217 bytes, and at most 16777216 may',
  ],
])('an archive with %s is a clear error', (_, entries, message) => {
  expect(refusal(() => readBytes(zip(entries), 'zip'))).toContain(message);
});

const keys = (...names: string[]) =>
  pickle([...op.emptyList, ...op.mark, ...names.flatMap((name) => op.text(name)), ...op.appends]);

test.each<[string, LegacyParts, string]>([
  ['another number first', { magic: pickle(op.int(7)) }, "not begin with torch.save's number"],
  ['another version', { version: pickle(op.int(1002)) }, 'it is of version 1002; supported: 1001'],
  ['no system', { system: pickle(op.none) }, 'it does not say little_endian: True'],
  [
    'big-endian numbers',
    { system: pickle(dict(entry('little_endian', op.false))) },
    'it does not say little_endian: True',
  ],
  ['no list of keys', { keys: pickle(op.none) }, 'no list of the keys of its storages'],
  ['an unknown key', { keys: keys('0', '1') }, 'no tensor speaks of storage 1'],
  ['a key twice', { keys: keys('0', '0') }, 'storage 0 is there twice'],
  ['a key missing', { keys: keys(), storages: [] }, 'storage 0 is missing'],
  ['another length', { storages: [[5n, sixNumbers]] }, 'has 5 numbers where it lies, 6 in the'],
  ['a negative length', { storages: [[-6n, sixNumbers]] }, 'storage 0 has -6 numbers'],
  ['no length', { storages: [] }, 'it is cut short'],
  ['numbers cut short', { storages: [[6n, sixNumbers.subarray(1)]] }, 'it is cut short'],
  [
    'something behind',
    { storages: [[6n, Buffer.concat([sixNumbers, sixNumbers])]] },
    '24 bytes belong to no storage',
  ],
])('a file of 2019 with %s is a clear error', (_, parts, message) => {
  expect(refusal(() => readLegacy(parts))).toContain(message);
});

test('a tensor that is asked for and not there is a clear error', () => {
  writeFileSync(file, legacy());
  const opened = PytorchFile.open(file, 'legacy');
  expect(refusal(() => opened.read('v'))).toBe('w.bin: there is no v');
  opened.close();
});
