// What a Linux shared library says of itself: its own name, and the libraries it cannot do without.
// Reads the dynamic section of a 64-bit little-endian ELF file and nothing else of it.

import { closeSync, openSync, readSync } from 'node:fs';

export interface DynamicSection {
  /** The name under which others ask for it; null where it states none. */
  readonly soname: string | null;
  readonly needed: readonly string[];
}

const headerBytes = 64;
const segmentBytes = 56;
const entryBytes = 16;

const loadedSegment = 1;
const dynamicSegment = 2;

const tags = { end: 0, needed: 1, stringTable: 5, stringBytes: 10, soname: 14 } as const;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly bytes: number;
}

/** Throws `Error` where the file is no such library. */
export function readDynamicSection(file: string): DynamicSection {
  const descriptor = openSync(file, 'r');
  try {
    const read = (position: number, length: number) => {
      const bytes = Buffer.alloc(length);
      if (readSync(descriptor, bytes, 0, length, position) !== length) throw cut(file);
      return bytes;
    };
    const segments = readSegments(file, read);
    const dynamic = segments.find(({ type }) => type === dynamicSegment);
    if (dynamic === undefined) throw new Error(`${file} is linked to nothing: no shared library`);
    return namesOf(file, read(dynamic.offset, dynamic.bytes), segments, read);
  } finally {
    closeSync(descriptor);
  }
}

type Read = (position: number, length: number) => Buffer;

function readSegments(file: string, read: Read): Segment[] {
  const header = read(0, headerBytes);
  const isElf = header.subarray(0, 4).toString('latin1') === '\x7fELF';
  if (!isElf || header[4] !== 2 || header[5] !== 1) {
    throw new Error(`${file} is no 64-bit little-endian ELF file`);
  }
  const start = Number(header.readBigUInt64LE(32));
  const count = header.readUInt16LE(56);
  const table = read(start, count * segmentBytes);
  return Array.from({ length: count }, (_, index) => {
    const at = index * segmentBytes;
    return {
      type: table.readUInt32LE(at),
      offset: Number(table.readBigUInt64LE(at + 8)),
      address: Number(table.readBigUInt64LE(at + 16)),
      bytes: Number(table.readBigUInt64LE(at + 32)),
    };
  });
}

function namesOf(
  file: string,
  dynamic: Buffer,
  segments: readonly Segment[],
  read: Read,
): DynamicSection {
  const entries: { readonly tag: number; readonly value: number }[] = [];
  for (let at = 0; at + entryBytes <= dynamic.length; at += entryBytes) {
    const tag = Number(dynamic.readBigInt64LE(at));
    if (tag === tags.end) break;
    entries.push({ tag, value: Number(dynamic.readBigUInt64LE(at + 8)) });
  }
  const tagged = (tag: number) => entries.find((entry) => entry.tag === tag)?.value;
  const address = tagged(tags.stringTable);
  const bytes = tagged(tags.stringBytes);
  const holder = segments.find((segment) => {
    return segment.type === loadedSegment && address !== undefined && holds(segment, address);
  });
  if (address === undefined || bytes === undefined || holder === undefined) {
    throw new Error(`${file} has a dynamic section without names`);
  }
  const strings = read(holder.offset + address - holder.address, bytes);
  const name = (at: number) => strings.toString('latin1', at, strings.indexOf(0, at));
  const soname = tagged(tags.soname);
  return {
    soname: soname === undefined ? null : name(soname),
    needed: entries.filter(({ tag }) => tag === tags.needed).map(({ value }) => name(value)),
  };
}

function holds({ address, bytes }: Segment, wanted: number): boolean {
  return wanted >= address && wanted < address + bytes;
}

function cut(file: string): Error {
  return new Error(`${file} is cut short`);
}
