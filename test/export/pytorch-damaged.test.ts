// Files of PyTorch's two forms that tests write: right ones, and those that are damaged or made to harm.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { PytorchFile } from '../../export/checkpoint/pytorch/pytorch-file.ts';
import { CheckpointError } from '../../models/errors.ts';
import { temporaryFolder } from '../support/folders.ts';
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

const file = path.join(temporaryFolder(), 'w.bin');

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
