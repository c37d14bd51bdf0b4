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
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openCheckpoint } from '../../export/checkpoint/checkpoint.ts';
import { Bundle } from '../../export/checkpoint/tensorflow/bundle.ts';
import { openTensorFlow } from '../../export/checkpoint/tensorflow/tensorflow.ts';
import { CheckpointError } from '../../models/errors.ts';
import { temporaryFolder } from '../support/folders.ts';
import {
  type BundleTensor,
  bundleFiles,
  type EntryFields,
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

describe('an index that does not add up is refused', () => {
  const entry: EntryFields = {
    ...{ dtype: 1, shape: [2], shard: 0, offset: 0, size: 8 },
    crc: maskedCrc(new Uint8Array(8)),
  };
  const open = (
    entries: readonly (readonly [string, Uint8Array])[],
    { data = 8, header = headerProto(1) } = {},
  ) => {
    const indexPath = writeBundle(fresh(), new Map());
    writeFileSync(indexPath, table([['', header], ...entries]));
    truncateSync(indexPath.replace('index', 'data-00000-of-00001'), data);
    return () => Bundle.open(indexPath).close();
  };
  const of = (fields: Partial<EntryFields>) => open([['a', entryProto({ ...entry, ...fields })]]);

  test.each([
    ['a size unlike the shape', of({ shape: [3] }), '"a", F32 [3], takes 12 bytes, not 8'],
    ['an impossible shape', of({ shape: [2 ** 40, 2 ** 40] }), 'bytes, not 8'],
    ['a size that no number holds', of({ shape: [Number(2n ** 62n)] }), 'no valid shape'],
    ['a shard that is none', of({ shard: 1 }), '"a" lies in shard 1 of 1'],
    ['a place beyond the file', of({ offset: 8 }), 'has 8 bytes, the tensors in it take 16'],
    ['a place that no number holds', of({ offset: Number(2n ** 62n) }), '"a" lies nowhere'],
    ['bytes that belong to no tensor', of({ shape: [1], size: 4 }), 'has 8 bytes, the tensors in'],
    [
      'two in one place',
      open([
        ['a', entryProto(entry)],
        ['b', entryProto({ ...entry, offset: 4, size: 4, shape: [1] })],
      ]),
      '"b" overlaps the tensor before it',
    ],
    [
      'a tensor twice',
      open([
        ['a', entryProto(entry)],
        ['a', entryProto(entry)],
      ]),
      '"a" is out of order, or there twice',
    ],
    ['an entry that is none', open([['a', Uint8Array.of(0xff)]]), '"a" is no entry'],
    [
      'slices',
      open([['a', Uint8Array.from([...entryProto(entry), (7 << 3) | 2, 0])]]),
      '"a" is stored in slices',
    ],
    ['a header that is none', open([], { header: Uint8Array.of(0xff) }), 'has no header'],
    ['big-endian numbers', open([], { header: headerProto(1, 1) }), 'is big-endian'],
    ['names without end', open([['a'.repeat(1025), entryProto(entry)]]), 'longer than any name'],
  ])('%s', (_, opened, message) => {
    expect(opened).toThrow(CheckpointError);
    expect(opened).toThrow(message);
    expect(opened).toThrow(/^model\.ckpt\.index: /);
  });

  test('two names for one tensor', () => {
    const twins = new Map([
      ['model/h0/ln_1/g', { dtype: 1, shape: [1], bytes: new Uint8Array(4) }],
      ['model/h0/ln_1/w', { dtype: 1, shape: [1], bytes: new Uint8Array(4) }],
    ]);
    const index = writeBundle(fresh(), twins);
    expect(() => openTensorFlow(index)).toThrow('model/h0/ln_1/g and model/h0/ln_1/w are one');
  });
});

test('a table that lists one block over and over is refused, whatever the block holds', () => {
  // Its only data block, 20 bytes at 0, serves as its index: two entries, both with the handle of the
  // metaindex, which is an empty block, 8 bytes at 25.
  const handle = Uint8Array.of(25, 8);
  const bytes = table([
    ['a', handle],
    ['b', handle],
  ]);
  expect([...bytes.subarray(-48, -46)]).toEqual([...handle]);
  bytes.set([...handle, 0, 20], bytes.length - 48);
  const indexPath = writeBundle(fresh(), new Map());
  writeFileSync(indexPath, bytes);
  expect(() => Bundle.open(indexPath)).toThrow(CheckpointError);
  expect(() => Bundle.open(indexPath)).toThrow('the block at 25 begins before the one listed');
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

test('whatever happens to an index or its data, tensors read right or are refused', () => {
  const bytes = bytesOf(Float32Array.of(1, 2, 3, 4));
  const tensors = new Map<string, BundleTensor>([
    ['model/h0/ln_1/b', { dtype: 1, shape: [4], bytes }],
    ['model/h0/ln_1/g', { dtype: 1, shape: [4], bytes }],
    ['model/wpe', { dtype: 1, shape: [2, 2], bytes }],
  ]);
  const directory = fresh();
  const index = writeBundle(directory, tensors);
  const data = index.replace('index', 'data-00000-of-00001');
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    byte: fc.integer({ min: 0, max: 255 }),
  });
  const damage = fc.record({
    edits: fc.array(edit, { maxLength: 3 }),
    cut: fc.oneof(fc.constant(0), fc.nat(250)),
  });
  const damaged = (
    original: Uint8Array,
    { edits, cut }: { edits: { at: number; byte: number }[]; cut: number },
  ) => {
    const copy = Buffer.from(original);
    for (const { at, byte } of edits) copy[Math.floor(at * copy.length)] = byte;
    return copy.subarray(0, Math.max(0, copy.length - cut));
  };
  fc.assert(
    fc.property(damage, damage, fc.boolean(), fc.boolean(), (toIndex, toData, snappy, resum) => {
      const files = bundleFiles(tensors, { snappy });
      const changed = damaged(files.index, toIndex);
      // Half the time the checksum of the entries is made right again, so that changes reach them.
      if (resum) resumFirstBlock(changed);
      writeFileSync(index, changed);
      writeFileSync(data, damaged(files.data[0]!, toData));
      try {
        const file = openTensorFlow(index);
        try {
          for (const [name, shape] of file.shapes) {
            const values = file.read(name);
            expect(values).toHaveLength(shape.reduce((product, size) => product * size, 1));
            expect(values.byteLength).toBeLessThanOrEqual(2 * 48); // as halves
          }
        } finally {
          file.close();
        }
      } catch (error) {
        expect(error).toBeInstanceOf(CheckpointError);
      }
    }),
    { numRuns: 400 },
  );
});

/** The first block reaches up to where the metaindex begins, by the footer. */
function resumFirstBlock(index: Buffer): void {
  if (index.length < 48) return;
  let end = 0;
  for (let at = index.length - 48, shift = 0; at < index.length; at++, shift += 7) {
    end += (index[at]! & 127) * 2 ** shift;
    if (index[at]! < 128) break;
  }
  if (end < 5 || end > index.length - 48) return;
  index.writeUInt32LE(maskedCrc(index.subarray(0, end - 4)), end - 4);
}

function bytesOf(numbers: ArrayBufferView): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}
