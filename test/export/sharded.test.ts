import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openCheckpoint } from '../../export/checkpoint/checkpoint.ts';
import { CheckpointError } from '../../models/errors.ts';
import { temporaryFolder } from '../support/folders.ts';
import {
  type RawTensor,
  randomTensors,
  safetensors,
  tinyConfig,
  writeCheckpoint,
} from './tiny-checkpoint.ts';

const folder = temporaryFolder();
let count = 0;

const shardName = (shard: number) => `model-0000${shard + 1}-of-00003.safetensors`;
const indexName = 'model.safetensors.index.json';

/** The tiny checkpoint in three files, tensors dealt out in turn. */
function writeShards() {
  const directory = writeCheckpoint(path.join(folder, `case-${count++}`));
  rmSync(path.join(directory, 'model.safetensors'));
  const shards: Map<string, RawTensor>[] = [new Map(), new Map(), new Map()];
  const weightMap: Record<string, unknown> = {};
  [...randomTensors(tinyConfig)].forEach(([name, tensor], at) => {
    shards[at % 3]!.set(name, tensor);
    weightMap[name] = shardName(at % 3);
  });
  const writeShard = (shard: number) => {
    writeFileSync(path.join(directory, shardName(shard)), safetensors(shards[shard]!));
  };
  const writeIndex = (index: unknown = { metadata: { total_size: 1 }, weight_map: weightMap }) => {
    writeFileSync(path.join(directory, indexName), JSON.stringify(index));
  };
  for (const shard of [0, 1, 2]) writeShard(shard);
  writeIndex();
  return { directory, shards, weightMap, writeShard, writeIndex };
}

test('a checkpoint in several files reads as one in a single file does', () => {
  const { directory } = writeShards();
  const checkpoint = openCheckpoint(directory);
  for (const [name, { bytes, shape }] of randomTensors(tinyConfig)) {
    expect(checkpoint.shape(name)).toEqual(shape);
    expect(new Uint8Array(checkpoint.read(name).buffer)).toEqual(bytes);
  }
  checkpoint.close();
});

describe('is refused:', () => {
  test.each([
    ['../model-00001-of-00003.safetensors'],
    ['/etc/passwd'],
    ['..'],
    ['.hidden'],
    ['sub/model.safetensors'],
    ['sub\\model.safetensors'],
    [''],
    [7],
    [null],
  ])('a tensor in the file %j', (file) => {
    const { directory, weightMap, writeIndex } = writeShards();
    weightMap['wpe.weight'] = file;
    writeIndex();
    expect(() => openCheckpoint(directory)).toThrow(CheckpointError);
    expect(() => openCheckpoint(directory)).toThrow(
      `${indexName}: wpe.weight must be in a file of this folder, is in ${JSON.stringify(file)}`,
    );
  });

  test('a file that is missing', () => {
    const { directory } = writeShards();
    rmSync(path.join(directory, shardName(1)));
    expect(() => openCheckpoint(directory)).toThrow(`${shardName(1)} is missing`);
  });

  test('a file that is cut short, by its own name', () => {
    const { directory } = writeShards();
    const shard = path.join(directory, shardName(2));
    writeFileSync(shard, readFileSync(shard).subarray(0, -1));
    expect(() => openCheckpoint(directory)).toThrow(`${shardName(2)}: it is cut short`);
  });

  test('a tensor in another file than the index says', () => {
    const { directory, shards, writeShard } = writeShards();
    const tensor = shards[0]!.get('wte.weight')!;
    shards[0]!.delete('wte.weight');
    shards[1]!.set('wte.weight', tensor);
    writeShard(0);
    writeShard(1);
    expect(() => openCheckpoint(directory)).toThrow(
      `${shardName(1)} holds wte.weight: ${indexName} says ${shardName(0)}`,
    );
  });

  test('a tensor that is in two files', () => {
    const { directory, shards, writeShard } = writeShards();
    shards[1]!.set('wte.weight', shards[0]!.get('wte.weight')!);
    writeShard(1);
    expect(() => openCheckpoint(directory)).toThrow(`${shardName(1)} holds wte.weight`);
  });

  test('a tensor that is in no file', () => {
    const { directory, shards, writeShard } = writeShards();
    shards[0]!.delete('wte.weight');
    writeShard(0);
    expect(() => openCheckpoint(directory)).toThrow(
      `${shardName(0)} holds no wte.weight: ${indexName} says it does`,
    );
  });

  test('a tensor that the index does not know', () => {
    const { directory, weightMap, writeIndex } = writeShards();
    delete weightMap['wte.weight'];
    writeIndex();
    expect(() => openCheckpoint(directory)).toThrow(
      `${shardName(0)} holds wte.weight: ${indexName} does not know it`,
    );
  });

  test.each([
    [[], 'it has no weight_map'],
    [null, 'it has no weight_map'],
    [{}, 'it has no weight_map'],
    [{ weight_map: ['a'] }, 'it has no weight_map'],
    [{ weight_map: {} }, 'its weight_map is empty'],
  ])('the index %j', (index, message) => {
    const { directory, writeIndex } = writeShards();
    writeIndex(index);
    expect(() => openCheckpoint(directory)).toThrow(`${indexName}: ${message}`);
  });
});

test('whatever happens to the index, the checkpoint reads right or is refused', () => {
  const { directory } = writeShards();
  const index = path.join(directory, indexName);
  const good = readFileSync(index);
  const edit = fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 0x20, max: 0x7e }));
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 2 }), fc.nat(20), (edits, cut) => {
      const changed = Buffer.from(good);
      for (const [at, byte] of edits) changed[at] = byte;
      writeFileSync(index, changed.subarray(0, good.length - cut));
      try {
        const checkpoint = openCheckpoint(directory);
        for (const [name, { bytes }] of randomTensors(tinyConfig)) {
          expect(new Uint8Array(checkpoint.read(name).buffer)).toEqual(bytes);
        }
        checkpoint.close();
      } catch (error) {
        expect(error).toBeInstanceOf(CheckpointError);
      }
    }),
    { numRuns: 200 },
  );
});
