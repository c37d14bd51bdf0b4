// Reads a sorted table of LevelDB's format, as TensorFlow uses it for the index of a checkpoint:
//
//   data block │ … │ metaindex block │ index block │ footer
//                                                    └ handles of metaindex and index, magic
//   index block: a key not below those of a data block -> the data block's handle
//   block: content │ 0 raw or 1 Snappy │ masked CRC-32C of both
//   content: entries │ their restart points, u32 each │ how many, u32
//   entry: shared, unshared and value lengths as varints │ the key behind what it shares with the
//          key before │ value
//
// https://github.com/google/leveldb/blob/main/doc/table_format.md

import type { SourceFile } from '../source-file.ts';
import { crc32c, masked } from './crc32c.ts';
import { decompress } from './snappy.ts';

export interface Entry {
  readonly key: string;
  readonly value: Uint8Array<ArrayBuffer>;
}

const footerBytes = 48;
const trailerBytes = 5;
const magic = 0xdb4775248b80fb57n;

/** An index is some kilobytes; these keep a made-up one from taking more than that is worth. */
const largestTable = 2 ** 24;
const longestKey = 1024;
const mostEntries = 2 ** 16;

/** All entries in the order of their keys. Throws `CheckpointError` for whatever does not add up. */
export function readTable(file: SourceFile): readonly Entry[] {
  if (file.bytes < footerBytes) throw file.broken('it is cut short: a table has a footer');
  if (file.bytes > largestTable) {
    throw file.broken(`an index of ${file.bytes} bytes is beyond ${largestTable}`);
  }
  const bytes = file.read(0, file.bytes);
  const footer = new Reader(bytes.subarray(file.bytes - footerBytes), file);
  if (footer.fixed64(footerBytes - 8) !== magic) {
    throw file.broken('it does not end as a table does: it is cut short, or none');
  }
  footer.handle(); // of the metaindex, which holds nothing
  const entries: Entry[] = [];
  let reached = 0;
  for (const { value } of entriesOf(readBlock(bytes, footer.handle(), file), file)) {
    const handle = new Reader(value, file).handle();
    // Without that a table could list one block over and over.
    if (handle.offset < reached) {
      throw file.broken(
        `the block at ${handle.offset} begins before the one listed before it ends`,
      );
    }
    reached = handle.offset + handle.size;
    for (const entry of entriesOf(readBlock(bytes, handle, file), file)) {
      const last = entries.at(-1);
      if (last !== undefined && last.key >= entry.key) {
        throw file.broken(`${shown(entry.key)} is out of order, or there twice`);
      }
      if (entries.push(entry) > mostEntries) throw file.broken(`more than ${mostEntries} entries`);
    }
  }
  return entries;
}

interface Handle {
  readonly offset: number;
  readonly size: number;
}

function readBlock(table: Uint8Array<ArrayBuffer>, { offset, size }: Handle, file: SourceFile) {
  const end = offset + size;
  if (end + trailerBytes + footerBytes > table.length) {
    throw file.broken(`a block at ${offset} of ${size} bytes is beyond the end`);
  }
  const trailer = new DataView(table.buffer, table.byteOffset + end, trailerBytes);
  if (masked(crc32c(table.subarray(offset, end + 1))) !== trailer.getUint32(1, true)) {
    throw file.broken(`the block at ${offset} is damaged: its checksum differs`);
  }
  const content = table.subarray(offset, end);
  const kind = trailer.getUint8(0);
  if (kind === 0) return content;
  if (kind !== 1) throw file.broken(`the block at ${offset} is compressed in an unknown way`);
  const decompressed = decompress(content);
  if (decompressed === null) throw file.broken(`the block at ${offset} is no Snappy block`);
  return decompressed;
}

function* entriesOf(block: Uint8Array<ArrayBuffer>, file: SourceFile): Generator<Entry> {
  if (block.length < 4) throw file.broken('a block has no restart points');
  const view = new DataView(block.buffer, block.byteOffset, block.length);
  const end = block.length - 4 - 4 * view.getUint32(block.length - 4, true);
  if (end < 0) throw file.broken('a block has fewer restart points than it says');
  const reader = new Reader(block.subarray(0, end), file);
  let key = ''; // a character for each byte, so that keys are in the order of their bytes
  while (!reader.atEnd) {
    const shared = reader.varint();
    const unshared = reader.varint();
    const valueBytes = reader.varint();
    if (shared > key.length) throw file.broken('a key shares more than the one before it has');
    if (shared + unshared > longestKey) throw file.broken('a key is longer than any name');
    const suffix = reader.take(unshared);
    key = key.slice(0, shared) + Buffer.from(suffix).toString('latin1');
    yield { key, value: reader.take(valueBytes) };
  }
}

/** A name as a message may show it. */
export function shown(name: string): string {
  return JSON.stringify(name);
}

class Reader {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #file: SourceFile;
  #at = 0;

  constructor(bytes: Uint8Array<ArrayBuffer>, file: SourceFile) {
    this.#bytes = bytes;
    this.#file = file;
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  take(length: number): Uint8Array<ArrayBuffer> {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw this.#file.broken('an entry reaches beyond its block');
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }

  /** Beyond 2^53 it is inexact, and beyond every file. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 64; shift += 7) {
      const byte = this.take(1)[0]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw this.#file.broken('a number is longer than ten bytes');
  }

  handle(): Handle {
    return { offset: this.varint(), size: this.varint() };
  }

  fixed64(at: number): bigint {
    const { buffer, byteOffset, length } = this.#bytes;
    return new DataView(buffer, byteOffset, length).getBigUint64(at, true);
  }
}
