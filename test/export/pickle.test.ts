import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readPickle } from '../../export/checkpoint/pytorch/pickle.ts';
import { PickleInput } from '../../export/checkpoint/pytorch/pickle-input.ts';
import {
  PickledDict,
  PickledList,
  PickledTuple,
} from '../../export/checkpoint/pytorch/pickle-values.ts';
import { PytorchTable } from '../../export/checkpoint/pytorch/pytorch-table.ts';
import { SourceFile } from '../../export/checkpoint/source-file.ts';
import { CheckpointError } from '../../models/errors.ts';
import { temporaryFolder } from '../support/folders.ts';
import { type Bytes, dict, op, orderedDict, pickle, tensor, tuple } from './pytorch-writer.ts';

const file = path.join(temporaryFolder(), 'data.pkl');

function read(bytes: Bytes | Uint8Array) {
  writeFileSync(file, Uint8Array.from(bytes));
  const source = SourceFile.open(file);
  try {
    return readPickle(new PickleInput(source, 0, source.bytes), new PytorchTable());
  } finally {
    source.close();
  }
}

function refusal(bytes: Bytes | Uint8Array): string {
  try {
    read(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(CheckpointError);
    expect((error as Error).message).toMatch(/^data\.pkl: the pickle is broken at byte \d+: /);
    return (error as Error).message;
  }
  throw new Error('it was accepted');
}

const remember = [0x94];

test.each<[string, Bytes, unknown]>([
  ['None', op.none, null],
  ['True', op.true, true],
  ['the largest BININT1', [0x4b, 255], 255],
  ['the largest BININT2', [0x4d, 255, 255], 65535],
  ['the least BININT', op.int(-(2 ** 31)), -(2 ** 31)],
  ['an empty LONG1', [0x8a, 0], 0],
  ['-1 as a LONG1', [0x8a, 1, 255], -1],
  ['2^53 - 1', op.long(2n ** 53n - 1n), 2 ** 53 - 1],
  ['2^53, which doubles do not tell from the next', op.long(2n ** 53n), 2n ** 53n],
  ['-2^63', op.long(-(2n ** 63n)), -(2n ** 63n)],
  ['a number beyond doubles', op.long(1n << 2032n, 255), 1n << 2032n],
  ['a BINFLOAT', [0x47, 0x3f, 0xf8, 0, 0, 0, 0, 0, 0], 1.5],
  ['a string', op.text('wte ✓ \u{1f600}'), 'wte ✓ \u{1f600}'],
  ['an empty string', op.text(''), ''],
  ['a short string', [0x8c, 2, 0x68, 0x69], 'hi'],
  ['a framed value', [0x95, 1, 0, 0, 0, 0, 0, 0, 0, ...op.none], null],
])('%s is read', (_, bytes, value) => {
  expect(read(pickle(bytes))).toBe(value);
});

test('containers are read, with what was remembered', () => {
  const list = [...op.emptyList, ...op.put(0), ...op.text('a'), ...remember, 0x61];
  const items = [...op.get(1), 0x6a, 1, 0, 0, 0, 0x86, ...op.get(0), 0x87].slice(0, -1);
  const value = read(pickle(tuple(list, items)));
  expect(value).toBeInstanceOf(PickledTuple);
  const [first, second, third] = (value as PickledTuple).items;
  expect((first as PickledList).items).toEqual(['a']);
  expect((second as PickledTuple).items).toEqual(['a', 'a']);
  expect(third).toBe(first);
  const nested = read(pickle(dict([op.int(7), op.emptyDict], [op.text('k'), op.emptyTuple])));
  expect((nested as PickledDict).get(7)).toEqual(new PickledDict());
  expect((nested as PickledDict).get('k')).toEqual(new PickledTuple([]));
});

test('attributes of an ordered dict are read over', () => {
  const value = read(pickle(orderedDict, dict([op.text('_metadata'), orderedDict]), op.build));
  expect((value as PickledDict).entries).toEqual([]);
});

const hostile = JSON.parse(readFileSync('test/fixtures/pytorch/hostile.json', 'utf8'));

test.each(
  Object.entries<string>(hostile).map(
    ([name, base64]) => [name, Buffer.from(base64, 'base64')] as const,
  ),
)("Python's own pickle of %s is refused", (_, bytes) => {
  expect(refusal(bytes)).toContain('no code of a checkpoint is ever run');
});

const system = op.global('posix', 'system');
const command = op.text('echo hostile');
const allowed = op.global('collections', 'OrderedDict');

test.each<[string, Bytes, string]>([
  ['a function by GLOBAL', system, 'it asks for posix.system'],
  ['a function by STACK_GLOBAL', [...op.text('nt'), ...op.text('system'), 0x93], 'nt.system'],
  ['a name within a name', op.global('collections', 'abc.sys'), 'asks for collections.abc.sys'],
  ['a name of JavaScript', op.global('', 'constructor'), 'it asks for .constructor'],
  ['torch.load', op.global('torch', 'load'), 'it asks for torch.load'],
  ['INST', [...op.mark, 0x69, ...system.slice(1)], 'INST (0x69)'],
  ['OBJ', [...op.mark, ...allowed, 0x6f], 'OBJ (0x6f)'],
  ['NEWOBJ', [...allowed, ...op.emptyTuple, 0x81], 'NEWOBJ (0x81)'],
  ['NEWOBJ_EX', [...allowed, ...op.emptyTuple, ...op.emptyDict, 0x92], 'NEWOBJ_EX (0x92)'],
  ['EXT1', [0x82, 1], 'EXT1 (0x82)'],
  ['EXT2', [0x83, 1, 0], 'EXT2 (0x83)'],
  ['EXT4', [0x84, 1, 0, 0, 0], 'EXT4 (0x84)'],
  ['PERSID', [0x50, 0x30, 0x0a], 'PERSID (0x50)'],
  ['an opcode of nobody', [0xff], 'instruction (0xff)'],
  ['STACK_GLOBAL of numbers', [...op.int(1), ...op.int(2), 0x93], 'where a name should be'],
  ['REDUCE of a string', [...command, ...op.emptyTuple, ...op.reduce], 'REDUCE of a string with'],
  ['REDUCE with a list', [...allowed, ...op.emptyList, ...op.reduce], 'with a list'],
  ['an OrderedDict of something', [...allowed, ...tuple(command), ...op.reduce], 'made from'],
  [
    'a type that is called',
    [...op.global('torch', 'FloatStorage'), ...op.emptyTuple, ...op.reduce],
    'torch.FloatStorage is a type, and was called',
  ],
  [
    'a parameter of a string',
    [...op.global('torch._utils', '_rebuild_parameter'), ...tuple(command, op.true, op.none), 0x52],
    'a parameter is not made of a tensor',
  ],
  ['BUILD of a tensor', [...tensor(), ...op.emptyDict, ...op.build], 'BUILD on a tensor'],
  ['BUILD with a string', [...orderedDict, ...command, ...op.build], 'BUILD with a string'],
  ['a persistent id alone', [...command, ...op.persistentId], 'not that of a storage'],
  ['items for a list', [...op.emptyList, ...op.none, ...op.none, 0x73], 'SETITEMS on a list'],
  ['items for a tuple', [...op.emptyTuple, ...op.none, 0x61], 'APPENDS on a tuple'],
  ['a key without a value', [...op.emptyDict, ...op.mark, ...command, 0x75], 'a key has no value'],
  ['a tuple as a key', [...op.emptyDict, ...op.emptyTuple, ...op.none, 0x73], 'a tuple is no key'],
  ['nothing', [], 'a value is missing'],
  ['a TUPLE2 of one', [...op.none, 0x86], 'a value is missing'],
  ['a value below the MARK', [...op.none, ...op.mark, 0x85], 'a value is missing'],
  ['a TUPLE without MARK', op.tuple, 'a MARK is missing'],
  ['a MARK left open', [...op.mark, ...op.none, ...op.none, 0x86], 'values left over'],
  ['two values', [...op.none, ...op.none], 'it ends with values left over'],
  ['what was not remembered', op.get(0), 'nothing was remembered as 0'],
  ['nothing to remember', op.put(0), 'a value is missing'],
  ['a string that is not UTF-8', [0x8c, 1, 0xff], 'a string is not UTF-8'],
  ['protocol 6', [0x80, 6], 'protocol 6; supported: up to 5'],
  ['a string of 4 GB', [0x58, 255, 255, 255, 255], 'it is cut short: 4294967295 bytes wanted, 1'],
  ['a frame of 2^64', [0x95, ...Array(8).fill(255)], 'is beyond any file'],
  ['a name without end', [0x63, ...Array(300).fill(0x61)], 'a line has over 256 bytes'],
])('%s is refused', (_, bytes, message) => {
  expect(refusal(pickle(bytes))).toContain(message);
});

test('a pickle cut short anywhere is refused', () => {
  const whole = pickle(dict([op.text('w'), tensor()]));
  for (let length = 0; length < whole.length; length++) {
    expect(refusal(whole.slice(0, length))).toContain('it is cut short');
  }
});

test('lists within lists within lists take the memory they are written with', () => {
  const layers = Array.from({ length: 200 }, (_, at) => {
    const tenfold = Array(10).fill(op.get(at)).flat();
    return [...op.emptyList, ...op.put(at + 1), ...op.mark, ...tenfold, ...op.appends];
  });
  const laughs = read(pickle(tuple([...op.emptyList, ...op.put(0)], ...layers)));
  expect(laughs).toBeInstanceOf(PickledTuple);
});

test('nesting is as deep as it likes', () => {
  const depth = 200_000;
  const value = read([
    ...op.proto,
    ...new Uint8Array(depth).fill(0x5d),
    ...new Uint8Array(depth - 1).fill(0x61),
    0x2e,
  ]);
  expect(value).toBeInstanceOf(PickledList);
});

test('a list that holds itself is read', () => {
  const value = read(pickle(op.emptyList, op.put(0), op.get(0), [0x61])) as PickledList;
  expect(value.items[0]).toBe(value);
});

test('a value may be remembered under any number', () => {
  const far = [255, 255, 255, 255];
  expect(read(pickle(op.true, [0x72, ...far], [0x6a, ...far], [0x86]))).toEqual(
    new PickledTuple([true, true]),
  );
});

test('instructions are counted', () => {
  const many = new Uint8Array(2 ** 20 + 1).fill(0x5d);
  expect(refusal(many)).toContain('it has over 1048576 instructions');
});
