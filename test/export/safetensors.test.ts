import { closeSync, openSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { halfToNumber } from '../../export/checkpoint/number-formats.ts';
import { SafetensorsFile } from '../../export/checkpoint/safetensors.ts';
import { encodeHeader } from '../../export/checkpoint/safetensors-header.ts';
import { CheckpointError } from '../../models/errors.ts';
import { temporaryFolder } from '../support/folders.ts';
import { float32Tensor, type RawTensor, safetensors, withHeader } from './tiny-checkpoint.ts';

const file = path.join(temporaryFolder(), 'model.safetensors');

function withFile<T>(bytes: Uint8Array, use: (file: SafetensorsFile) => T): T {
  writeFileSync(file, bytes);
  const opened = SafetensorsFile.open(file);
  try {
    return use(opened);
  } finally {
    opened.close();
  }
}

const readAll = (bytes: Uint8Array) =>
  withFile(bytes, (opened) => {
    return new Map([...opened.shapes.keys()].map((name) => [name, opened.read(name)]));
  });

function stored(dtype: string, words: ArrayBufferView, count: number): Map<string, RawTensor> {
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
  return new Map([['x', { dtype, shape: [count], bytes }]]);
}

test('float32 tensors are read as they are, wherever in the file they start', () => {
  const tensors = new Map<string, RawTensor>([
    ['mask', { dtype: 'U8', shape: [3], bytes: Uint8Array.of(1, 2, 3) }],
    ['a', float32Tensor([2, 2], Float32Array.of(1, -2.5, 3e-40, Infinity))],
    ['scalar', float32Tensor([], Float32Array.of(7))],
    ['empty', float32Tensor([0, 5], new Float32Array(0))],
  ]);
  withFile(safetensors(tensors), (opened) => {
    expect([...opened.read('a')]).toEqual([...Float32Array.of(1, -2.5, 3e-40, Infinity)]);
    expect([...opened.read('scalar')]).toEqual([7]);
    expect([...opened.read('empty')]).toEqual([]);
    expect(opened.shapes.get('empty')).toEqual([0, 5]);
    expect(() => opened.read('mask')).toThrow(
      'mask is stored as U8; supported: F32, F16, BF16, F64',
    );
    expect(() => opened.read('b')).toThrow('there is no b');
  });
});

test.each([
  [0x0000, 0],
  [0x8000, -0],
  [0x0001, 2 ** -24], // the smallest subnormal
  [0x03ff, 6.097555160522461e-5], // the largest subnormal
  [0x0400, 6.103515625e-5], // the smallest normal
  [0x3555, 0.333251953125],
  [0x3c00, 1],
  [0xc000, -2],
  [0x7bff, 65504], // the largest
  [0x7c00, Infinity],
  [0xfc00, -Infinity],
  [0x7e00, Number.NaN],
])('the half %i is %d', (bits, value) => {
  expect(halfToNumber(bits)).toBe(value);
  const tensors = stored('F16', Uint16Array.of(bits, bits), 2);
  expect([...readAll(safetensors(tensors)).get('x')!]).toEqual([value, value]);
});

test.each([
  [0x0000, 0],
  [0x3f80, 1],
  [0xc049, -3.140625],
  [0x7f7f, 3.3895313892515355e38], // the largest
  [0x0001, 9.183549615799121e-41], // the smallest subnormal
  [0xff80, -Infinity],
])('the bfloat16 %i is %d', (bits, value) => {
  const tensors = stored('BF16', Uint16Array.of(bits, 0x3f80), 2);
  expect([...readAll(safetensors(tensors)).get('x')!]).toEqual([value, 1]);
});

test('a header that is written is read back', () => {
  const shapes = new Map([
    ['a', [2, 3]],
    ['b', [4]],
  ]);
  const head = encodeHeader(shapes);
  expect(head.length % 8).toBe(0);
  withFile(Buffer.concat([head, Buffer.alloc(40)]), (opened) => {
    expect(opened.shapes).toEqual(shapes);
  });
});

const entry = '{"dtype":"F32","shape":[1],"data_offsets":[0,4]}';
const four = [Buffer.alloc(4)];

test.each([
  ['an empty file', Buffer.alloc(0), 'the length of the header is missing'],
  ['a length beyond the format', Buffer.alloc(8, 0xff), 'is beyond the format'],
  ['a header beyond the file', withHeader('{}', []).subarray(0, 9), 'the header is incomplete'],
  ['no JSON', withHeader('{"a":', four), 'the header is not JSON'],
  ['a list', withHeader('[]', four), 'the header does not begin with {'],
  ['bytes that are not UTF-8', withHeader('{}', []).fill(0xc3, 8), 'not UTF-8'],
  ['an entry that is none', withHeader('{"a":null}', four), 'a has no dtype'],
  ['a shape that is none', headed(entry.replace('[1]', '"1"')), 'a has no valid shape'],
  ['a negative size', headed(entry.replace('[1]', '[-1]')), 'a has no valid shape'],
  ['a size that is no whole number', headed(entry.replace('[1]', '[0.5]')), 'no valid shape'],
  ['one offset', headed(entry.replace('[0,4]', '[4]')), 'a has no valid data_offsets'],
  ['an unknown dtype', headed(entry.replace('F32', 'F4')), 'a has the unknown dtype F4'],
  ['a dtype of JavaScript', headed(entry.replace('F32', 'constructor')), 'unknown dtype'],
  ['a length unlike the shape', headed(entry.replace('[1]', '[2]')), 'takes 8 bytes, not 4'],
  ['an impossible shape', headed(entry.replace('[1]', '[9e15,9e15]')), 'bytes, not 4'],
  ['a hole', headed(entry.replace('[0,4]', '[4,8]')), 'there is a hole before a'],
  ['a tensor cut short', withHeader(`{"a":${entry}}`, []), 'it is cut short: 0 bytes of data'],
  ['bytes behind the last tensor', withHeader('{}', four), '4 bytes belong to no tensor'],
  ['a tensor twice', withHeader(`{"a":${entry},"a":${entry}}`, four), 'a is there twice'],
  ['two in one place', withHeader(`{"a":${entry},"b":${entry}}`, four), 'b overlaps the tensor'],
])('%s is a clear error', (_, bytes, message) => {
  expect(() => readAll(bytes)).toThrow(CheckpointError);
  expect(() => readAll(bytes)).toThrow(message);
});

function headed(json: string): Uint8Array {
  return withHeader(`{"a":${json}}`, four);
}

test('a name of megabytes is a name like any other', () => {
  const name = 'a'.repeat(20_000_000);
  const bytes = withHeader(`{"${name}":${entry},"b":{"c":["d:"]}}`, four);
  expect(() => readAll(bytes)).toThrow('b has no dtype');
});

test('doubles are rounded to float32', () => {
  const tensors = stored('F64', Float64Array.of(0.1, -2, 1e300), 3);
  expect(readAll(safetensors(tensors)).get('x')).toEqual(Float32Array.of(0.1, -2, Infinity));
});

test.each([
  ['F16', 2],
  ['BF16', 2],
  ['F64', 8],
] as const)('%s tensors of many pieces are read as a whole', (dtype, bytesEach) => {
  const count = 2 ** 18 * 2 + 3;
  // Zeros, but at the ends of the pieces that it is read in.
  const bytes = new Uint8Array(count * bytesEach);
  const ones = { F16: [0, 0x3c], BF16: [0x80, 0x3f], F64: [0, 0, 0, 0, 0, 0, 0xf0, 0x3f] };
  const places = [0, 2 ** 18 - 1, 2 ** 18, 2 ** 19, count - 1];
  for (const at of places) bytes.set(ones[dtype], at * bytesEach);
  const values = readAll(safetensors(stored(dtype, bytes, count))).get('x')!;
  const expected = new Float32Array(count);
  for (const at of places) expected[at] = 1;
  expect(values).toEqual(expected);
});

test('a tensor behind 2^31 and behind 2^32 bytes is found', () => {
  const far: readonly (readonly [string, number])[] = [
    ['a', 2 ** 29 + 1],
    ['b', 2 ** 29 + 1],
    ['c', 2],
  ];
  const head = encodeHeader(new Map(far.map(([name, count]) => [name, [count]])));
  writeFileSync(file, head);
  truncateSync(file, head.length + 4 * (2 ** 30 + 4)); // a hole: it takes no place on the disk
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, Buffer.from(Float32Array.of(7, 8).buffer), 0, 8, head.length + 2 ** 32 + 8);
  closeSync(descriptor);
  const opened = SafetensorsFile.open(file);
  expect(opened.read('c')).toEqual(Float32Array.of(7, 8));
  opened.close();
});

test('a name that JSON spells in two ways is still there twice', () => {
  const bytes = withHeader(`{"a":${entry},"\\u0061":${entry}}`, four);
  expect(() => readAll(bytes)).toThrow('a is there twice');
});

test('whatever happens to a file, it reads right or is refused', () => {
  const good = new Map([
    ['wte.weight', float32Tensor([3, 2], Float32Array.of(1, 2, 3, 4, 5, 6))],
    ['h.0.ln_1.bias', { dtype: 'F16', shape: [2], bytes: Uint8Array.of(0, 0x3c, 0, 0xc0) }],
  ]);
  const bytes = safetensors(good);
  const headerEnd = bytes.length - 28;
  const edits = fc.array(
    fc.record({
      at: fc.integer({ min: 0, max: headerEnd - 1 }),
      remove: fc.integer({ min: 0, max: 3 }),
      insert: fc.uint8Array({ maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 3 },
  );
  fc.assert(
    fc.property(edits, fc.integer({ min: 0, max: 40 }), fc.boolean(), (changes, cut, fix) => {
      let mutated = Buffer.from(bytes);
      for (const { at, remove, insert } of changes) {
        mutated = Buffer.concat([mutated.subarray(0, at), insert, mutated.subarray(at + remove)]);
      }
      mutated = mutated.subarray(0, mutated.length - cut);
      // Half the time the length is made right again, so that the changes reach the JSON.
      if (fix && mutated.length > 36) mutated.writeBigUInt64LE(BigInt(mutated.length + cut - 36));
      let values: Map<string, Float32Array>;
      try {
        values = readAll(mutated);
      } catch (error) {
        expect(error).toBeInstanceOf(CheckpointError);
        return;
      }
      const stored = [...values.values()].reduce((sum, { length }) => sum + length, 0);
      expect(stored).toBeLessThanOrEqual(14); // all 28 bytes, as halves
    }),
    { numRuns: 500 },
  );
});
