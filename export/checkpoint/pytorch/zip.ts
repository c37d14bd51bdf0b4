// The table of contents of a zip archive, ZIP64 included, as far as PyTorch writes it: entries lie in
// the file as they are, neither compressed nor encrypted. The table's claims are checked against the
// entries' own heads; no two entries share a byte.
// https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT (4.3.7, 4.3.12, 4.3.14 to 4.3.16)

import type { SourceFile } from '../source-file.ts';
import { findDirectory, longNumber } from './zip-end.ts';

export interface ZipEntry {
  readonly name: string;
  /** Of the data, in the file. */
  readonly position: number;
  readonly bytes: number;
  readonly crc32: number;
}

/** An entry as the directory describes it. */
interface Listed {
  readonly name: string;
  readonly headPosition: number;
  readonly bytes: number;
  readonly crc32: number;
}

const directorySignature = 0x02014b50;
const headSignature = 0x04034b50;
const directoryEntryBytes = 46;
const headBytes = 30;
const inZip64 = 0xffffffff;
const zip64Extra = 1;

/** Name -> entry, in the order of the directory. */
export function readZip(file: SourceFile): Map<string, ZipEntry> {
  const directory = findDirectory(file);
  const listed = readDirectory(file, directory.position, directory.bytes);
  if (listed.length !== directory.entryCount) {
    throw file.broken(`its end counts ${directory.entryCount} entries, there are ${listed.length}`);
  }
  const entries = listed.map((entry) => ({
    ...entry,
    position: dataPosition(file, entry, directory.position),
  }));
  requireApart(file, entries, directory.position);
  const byName = new Map<string, ZipEntry>();
  for (const { name, position, bytes, crc32 } of entries) {
    if (byName.has(name)) throw file.broken(`${name} is there twice`);
    byName.set(name, { name, position, bytes, crc32 });
  }
  return byName;
}

function readDirectory(file: SourceFile, position: number, length: number): Listed[] {
  const bytes = file.read(position, length);
  const view = new DataView(bytes.buffer);
  const entries: Listed[] = [];
  for (let at = 0; at < length; ) {
    const incomplete = () => file.broken('its directory is incomplete');
    if (at + directoryEntryBytes > length) throw incomplete();
    if (view.getUint32(at, true) !== directorySignature) throw incomplete();
    const nameEnd = at + directoryEntryBytes + view.getUint16(at + 28, true);
    const extraEnd = nameEnd + view.getUint16(at + 30, true);
    const end = extraEnd + view.getUint16(at + 32, true);
    if (end > length) throw incomplete();
    const name = decodeName(file, bytes.subarray(at + directoryEntryBytes, nameEnd));
    requireStored(file, name, view.getUint16(at + 8, true), view.getUint16(at + 10, true));
    const wide = new Zip64Fields(file, name, bytes.subarray(nameEnd, extraEnd));
    const plainBytes = wide.field(view.getUint32(at + 24, true));
    const storedBytes = wide.field(view.getUint32(at + 20, true));
    if (plainBytes !== storedBytes) throw file.broken(`${name} is stored in another length`);
    const headPosition = wide.field(view.getUint32(at + 42, true));
    entries.push({ name, headPosition, bytes: plainBytes, crc32: view.getUint32(at + 16, true) });
    at = end;
  }
  return entries;
}

/** The lengths and positions that 32 bits do not hold, in the order they are asked for. */
class Zip64Fields {
  readonly #file: SourceFile;
  readonly #name: string;
  readonly #view: DataView;
  #at = 0;

  constructor(file: SourceFile, name: string, extra: Uint8Array) {
    this.#file = file;
    this.#name = name;
    this.#view = zip64Part(extra);
  }

  field(short: number): number {
    if (short !== inZip64) return short;
    if (this.#at + 8 > this.#view.byteLength) {
      throw this.#file.broken(`${this.#name} has no ZIP64 length or position`);
    }
    const value = longNumber(this.#file, this.#view, this.#at);
    this.#at += 8;
    return value;
  }
}

/** Extra fields are u16 id, u16 length, content. */
function zip64Part(extra: Uint8Array): DataView {
  const view = new DataView(extra.buffer, extra.byteOffset, extra.byteLength);
  for (let at = 0; at + 4 <= extra.length; ) {
    const end = at + 4 + view.getUint16(at + 2, true);
    if (end <= extra.length && view.getUint16(at, true) === zip64Extra) {
      return new DataView(extra.buffer, extra.byteOffset + at + 4, end - at - 4);
    }
    at = end;
  }
  return new DataView(new ArrayBuffer(0));
}

function requireStored(file: SourceFile, name: string, flags: number, method: number): void {
  if ((flags & 0x2041) !== 0) throw file.broken(`${name} is encrypted`);
  if (method !== 0) {
    throw file.broken(`${name} is compressed (method ${method}), which PyTorch never does`);
  }
}

/** Behind the entry's own head, which ends with its name and with padding. */
function dataPosition(file: SourceFile, entry: Listed, directoryPosition: number): number {
  const { name, headPosition } = entry;
  if (headPosition + headBytes > directoryPosition) {
    throw file.broken(`${name} begins beyond the entries`);
  }
  const head = new DataView(file.read(headPosition, headBytes).buffer);
  if (head.getUint32(0, true) !== headSignature) throw file.broken(`${name} is not where it says`);
  requireStored(file, name, head.getUint16(6, true), head.getUint16(8, true));
  const nameBytes = head.getUint16(26, true);
  const position = headPosition + headBytes + nameBytes + head.getUint16(28, true);
  if (decodeName(file, file.read(headPosition + headBytes, nameBytes)) !== name) {
    throw file.broken(`${name} has another name where it lies`);
  }
  return position;
}

function requireApart(
  file: SourceFile,
  entries: readonly (Listed & { position: number })[],
  end: number,
): void {
  const sorted = entries.toSorted((a, b) => a.headPosition - b.headPosition);
  sorted.forEach(({ name, position, bytes }, at) => {
    const next = sorted[at + 1];
    if (position + bytes <= (next?.headPosition ?? end)) return;
    throw file.broken(`${name} overlaps ${next === undefined ? 'the directory' : next.name}`);
  });
}

function decodeName(file: SourceFile, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw file.broken('the name of an entry is not UTF-8');
  }
}
