// A TensorFlow checkpoint ("tensor bundle"): an index that says where each tensor lies, and data files
// that hold nothing but the tensors.
//
//   model.ckpt.index                 "" -> header, name -> type, shape, shard, offset, size, CRC-32C
//   model.ckpt.data-00000-of-00001   tensors one behind the other, little-endian
//
// The index's claims are checked against the sizes of the data files when it is opened, each tensor
// against its checksum when it is read. Names are TensorFlow's.

import { existsSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { bytesEach, type NumberFormat, readNumbers } from '../number-formats.ts';
import { SourceFile } from '../source-file.ts';
import type { TensorFile } from '../tensor-file.ts';
import { type BundleEntry, decodeEntry, decodeHeader } from './bundle-schema.ts';
import { crc32c, masked } from './crc32c.ts';
import { readTable, shown } from './sstable.ts';

/** TensorFlow's numbers for the types that weights are stored as. */
const formats: Readonly<Record<number, NumberFormat>> = {
  1: 'F32',
  2: 'F64',
  14: 'BF16',
  19: 'F16',
};

const indexEnding = /\.index$/;

interface BundleTensor {
  readonly name: string;
  /** Null: no numbers of a model (strings, counters). */
  readonly format: NumberFormat | null;
  readonly shape: readonly number[];
  readonly count: number;
  readonly shard: number;
  readonly begin: number;
  readonly end: number;
  readonly checksum: number;
}

export class Bundle implements TensorFile {
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  readonly #tensors: ReadonlyMap<string, BundleTensor>;
  readonly #shardPath: (shard: number) => string;
  readonly #shards = new Map<number, SourceFile>();

  private constructor(
    tensors: ReadonlyMap<string, BundleTensor>,
    shardPath: (shard: number) => string,
  ) {
    const numbers = [...tensors.values()].filter(({ format }) => format !== null);
    this.shapes = new Map(numbers.map(({ name, shape }) => [name, shape]));
    this.#tensors = tensors;
    this.#shardPath = shardPath;
  }

  static open(indexPath: string): Bundle {
    const index = SourceFile.open(indexPath);
    try {
      const [first, ...rest] = readTable(index);
      const header = first?.key === '' ? decodeHeader(first.value) : null;
      if (header === null) throw index.broken('it has no header of a checkpoint');
      if (header.endianness !== 0) throw index.broken('the checkpoint is big-endian');
      const tensors = rest.map(({ key, value }) => {
        const entry = decodeEntry(value);
        if (entry === null) throw index.broken(`${shown(key)} is no entry of a checkpoint`);
        return describe(key, entry, header.num_shards, index);
      });
      const shardPath = (shard: number) => {
        return indexPath.replace(indexEnding, shardEnding(shard, header.num_shards));
      };
      requireTiling(tensors, shardPath, index);
      return new Bundle(new Map(tensors.map((tensor) => [tensor.name, tensor])), shardPath);
    } finally {
      index.close();
    }
  }

  read(name: string): Float32Array<ArrayBuffer> {
    const tensor = this.#tensors.get(name);
    if (tensor === undefined || tensor.format === null) throw new Error(`there is no ${name}`);
    const file = this.#shard(tensor.shard);
    let checksum = 0;
    const values = readNumbers(file, tensor.begin, tensor.count, tensor.format, (stored) => {
      checksum = crc32c(stored, checksum);
    });
    if (masked(checksum) === tensor.checksum) return values;
    throw file.broken(`${name} is damaged: its checksum differs from the index's`);
  }

  close(): void {
    for (const file of this.#shards.values()) file.close();
    this.#shards.clear();
  }

  #shard(shard: number): SourceFile {
    let file = this.#shards.get(shard);
    if (file === undefined) {
      file = SourceFile.open(this.#shardPath(shard));
      this.#shards.set(shard, file);
    }
    return file;
  }
}

function shardEnding(shard: number, shardCount: number): string {
  return `.data-${String(shard).padStart(5, '0')}-of-${String(shardCount).padStart(5, '0')}`;
}

function describe(
  name: string,
  entry: BundleEntry,
  shardCount: number,
  index: SourceFile,
): BundleTensor {
  const { dtype, shard_id: shard, offset: begin, size, crc32c: checksum } = entry;
  const shape = (entry.shape?.dim ?? []).map((dim) => dim.size);
  if (entry.slices.length > 0) throw index.broken(`${shown(name)} is stored in slices`);
  if (entry.shape?.unknown_rank || !shape.every(isSize)) {
    throw index.broken(`${shown(name)} has no valid shape`);
  }
  if (shard < 0 || shard >= shardCount) {
    throw index.broken(`${shown(name)} lies in shard ${shard} of ${shardCount}`);
  }
  if (!isSize(begin) || !isSize(size)) throw index.broken(`${shown(name)} lies nowhere`);
  const format = formats[dtype] ?? null;
  const count = shape.reduce((product, axis) => product * axis, 1);
  if (format !== null && size !== count * bytesEach(format)) {
    throw index.broken(
      `${shown(name)}, ${format} [${shape.join(', ')}], takes ${count * bytesEach(format)} bytes, ` +
        `not ${size}`,
    );
  }
  return { name, format, shape, count, shard, begin, end: begin + size, checksum };
}

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

/** Each data file is there, holds its tensors without overlap, and ends with the last of them. */
function requireTiling(
  tensors: readonly BundleTensor[],
  shardPath: (shard: number) => string,
  index: SourceFile,
): void {
  const reached = new Map<number, number>();
  for (const { name, shard, begin, end } of tensors.toSorted((a, b) => a.begin - b.begin)) {
    if (begin < (reached.get(shard) ?? 0)) {
      throw index.broken(`${shown(name)} overlaps the tensor before it`);
    }
    reached.set(shard, end);
  }
  for (const [shard, end] of reached) {
    const path = shardPath(shard);
    if (!existsSync(path)) throw index.broken(`${basename(path)}, which it names, is missing`);
    const { size } = statSync(path);
    if (size === end) continue;
    throw index.broken(`${basename(path)} has ${size} bytes, the tensors in it take ${end}`);
  }
}
