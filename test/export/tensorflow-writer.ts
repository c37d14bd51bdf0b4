// Writes TensorFlow checkpoints for tests, by the formats' descriptions alone: tables with several
// blocks and restart points, entries as protocol buffers, data files.

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Gpt2Config } from '../../models/gpt2/config.ts';
import { slowCrc32c } from '../reference/crc32c.ts';
import { randomTensors, tinyConfig } from './tiny-checkpoint.ts';

export interface BundleTensor {
  /** TensorFlow's number of the type: 1 float, 2 double, 14 bfloat16, 19 half. */
  readonly dtype: number;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
  readonly shard?: number;
}

export interface TableOptions {
  readonly snappy?: boolean;
  readonly entriesPerBlock?: number;
}

const restartInterval = 16;

export function varint(value: number): number[] {
  const bytes: number[] = [];
  let left = BigInt(value);
  while (left >= 128n) {
    bytes.push(Number(left & 127n) | 128);
    left >>= 7n;
  }
  return [...bytes, Number(left)];
}

export function maskedCrc(bytes: Uint8Array): number {
  const crc = slowCrc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

const number = (field: number, value: number) => (value ? [field << 3, ...varint(value)] : []);
const message = (field: number, bytes: readonly number[]) => [
  (field << 3) | 2,
  ...varint(bytes.length),
  ...bytes,
];

export function headerProto(shardCount: number, endianness = 0): Uint8Array {
  return Uint8Array.from([
    ...number(1, shardCount),
    ...number(2, endianness),
    ...message(3, number(1, 1)),
  ]);
}

export interface EntryFields {
  readonly dtype: number;
  readonly shape: readonly number[];
  readonly shard: number;
  readonly offset: number;
  readonly size: number;
  readonly crc: number;
}

export function entryProto({ dtype, shape, shard, offset, size, crc }: EntryFields): Uint8Array {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(crc);
  return Uint8Array.from([
    ...number(1, dtype),
    ...message(
      2,
      shape.flatMap((axis) => message(2, number(1, axis))),
    ),
    ...number(3, shard),
    ...number(4, offset),
    ...number(5, size),
    ...[(6 << 3) | 5, ...checksum],
  ]);
}

/** A sorted table of these entries, which are written in the order they come in. */
export function table(
  entries: readonly (readonly [key: string, value: Uint8Array])[],
  { snappy = false, entriesPerBlock = 10 }: TableOptions = {},
): Uint8Array {
  const parts: Uint8Array[] = [];
  let position = 0;
  const add = (content: Uint8Array): number[] => {
    const stored = snappy ? snappyLiterals(content) : content;
    const typed = Buffer.concat([stored, Uint8Array.of(snappy ? 1 : 0)]);
    const checksum = Buffer.alloc(4);
    checksum.writeUInt32LE(maskedCrc(typed));
    parts.push(typed, checksum);
    const handle = [...varint(position), ...varint(stored.length)];
    position += stored.length + 5;
    return handle;
  };
  const handles: [string, Uint8Array][] = [];
  for (let at = 0; at < entries.length; at += entriesPerBlock) {
    const some = entries.slice(at, at + entriesPerBlock);
    handles.push([some.at(-1)![0], Uint8Array.from(add(block(some)))]);
  }
  const metaindex = add(block([]));
  const index = add(block(handles));
  const footer = Buffer.alloc(48);
  Buffer.from([...metaindex, ...index]).copy(footer);
  Buffer.from('57fb808b247547db', 'hex').copy(footer, 40);
  return Buffer.concat([...parts, footer]);
}

function block(entries: readonly (readonly [key: string, value: Uint8Array])[]): Uint8Array {
  const bytes: number[] = [];
  const restarts: number[] = [];
  let before = Buffer.alloc(0);
  entries.forEach(([name, value], at) => {
    const key = Buffer.from(name, 'latin1');
    let shared = 0;
    if (at % restartInterval === 0) restarts.push(bytes.length);
    else while (shared < key.length && key[shared] === before[shared]) shared++;
    bytes.push(...varint(shared), ...varint(key.length - shared), ...varint(value.length));
    bytes.push(...key.subarray(shared), ...value);
    before = key;
  });
  if (restarts.length === 0) restarts.push(0);
  const tail = Buffer.from(Uint32Array.from([...restarts, restarts.length]).buffer);
  return Buffer.concat([Uint8Array.from(bytes), tail]);
}

/** A Snappy block that compresses nothing. */
function snappyLiterals(content: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [Uint8Array.from(varint(content.length))];
  for (let at = 0; at < content.length; at += 60) {
    const some = content.subarray(at, at + 60);
    parts.push(Uint8Array.of((some.length - 1) << 2), some);
  }
  return Buffer.concat(parts);
}

/** The index and the data files of a checkpoint. */
export function bundleFiles(
  tensors: ReadonlyMap<string, BundleTensor>,
  options: TableOptions = {},
): { readonly index: Uint8Array; readonly data: readonly Uint8Array[] } {
  const shardCount = 1 + Math.max(0, ...[...tensors.values()].map(({ shard = 0 }) => shard));
  const data: Buffer[] = Array.from({ length: shardCount }, () => Buffer.alloc(0));
  const sorted = [...tensors].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const entries = sorted.map(([name, { dtype, shape, bytes, shard = 0 }]) => {
    const offset = data[shard]!.length;
    data[shard] = Buffer.concat([data[shard]!, bytes]);
    const fields = { dtype, shape, shard, offset, size: bytes.length, crc: maskedCrc(bytes) };
    return [name, entryProto(fields)] as const;
  });
  return { index: table([['', headerProto(shardCount)], ...entries], options), data };
}

/** Returns the path of the index. */
export function writeBundle(
  folder: string,
  tensors: ReadonlyMap<string, BundleTensor>,
  { name = 'model.ckpt', ...options }: TableOptions & { readonly name?: string } = {},
): string {
  const { index, data } = bundleFiles(tensors, options);
  mkdirSync(folder, { recursive: true });
  const padded = (value: number) => String(value).padStart(5, '0');
  data.forEach((bytes, shard) => {
    const file = `${name}.data-${padded(shard)}-of-${padded(data.length)}`;
    writeFileSync(path.join(folder, file), bytes);
  });
  const indexPath = path.join(folder, `${name}.index`);
  writeFileSync(indexPath, index);
  return indexPath;
}

/** hparams.json has no field for the width of the hidden layer: it is four times the width. */
export const openAiConfig: Gpt2Config = {
  ...tinyConfig,
  layerCount: 11,
  innerWidth: 4 * tinyConfig.width,
};

/** As OpenAI names them: `h.0.ln_1.weight` is `model/h0/ln_1/g`, matrices have a leading 1. */
export function openAiTensors(): Map<string, BundleTensor> {
  return new Map(
    [...randomTensors(openAiConfig)].map(([name, { shape, bytes }]) => {
      const isTable = /^w[tp]e\.weight$/.test(name);
      const isNorm = name.includes('ln_');
      const stored = name
        .replace(/^h\.(\d+)/, 'h$1')
        .replaceAll('.', '/')
        .replace(/\/bias$/, '/b')
        .replace(/\/weight$/, isTable ? '' : isNorm ? '/g' : '/w');
      const isMatrix = !isTable && shape.length === 2;
      return [`model/${stored}`, { dtype: 1, shape: isMatrix ? [1, ...shape] : shape, bytes }];
    }),
  );
}

export function bytesOf(numbers: ArrayBufferView): Uint8Array {
  return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
}
