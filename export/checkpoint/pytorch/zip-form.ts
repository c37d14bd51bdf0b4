// The form of PyTorch 1.6 and later: a zip archive with one folder, in it `data.pkl`, which describes
// the tensors, and under `data/` a file for each storage.
//
//   archive/data.pkl   archive/byteorder   archive/data/0   archive/data/1   …   archive/version

import { crc32 } from 'node:zlib';
import type { SourceFile } from '../source-file.ts';
import { readPickle } from './pickle.ts';
import { largestPickle, PickleInput } from './pickle-input.ts';
import type { Storage } from './pickle-values.ts';
import type { PytorchContent } from './pytorch-file.ts';
import { PytorchTable } from './pytorch-table.ts';
import { stateDict } from './state-dict.ts';
import { readZip, type ZipEntry } from './zip.ts';

const pieceBytes = 2 ** 20;

export function openZipForm(file: SourceFile): PytorchContent {
  const entries = inOneFolder(file, readZip(file));
  requireLittleEndian(file, entries.get('byteorder'));
  const pickle = entries.get('data.pkl')!;
  if (pickle.bytes > largestPickle) {
    throw file.broken(`its data.pkl has ${pickle.bytes} bytes, and at most ${largestPickle} may`);
  }
  requireUndamaged(file, pickle);
  const table = new PytorchTable();
  const input = new PickleInput(file, pickle.position, pickle.position + pickle.bytes);
  const object = readPickle(input, table);
  if (!input.atEnd) throw input.broken('something follows it');
  const places = new Map<string, ZipEntry>();
  for (const storage of table.storages.values()) {
    places.set(storage.key, requireEntry(file, storage, entries));
  }
  const checked = new Set<ZipEntry>();
  return {
    tensors: stateDict(object, (what) => file.broken(what)),
    locate: ({ key }) => {
      const entry = places.get(key)!;
      if (!checked.has(entry)) requireUndamaged(file, entry);
      checked.add(entry);
      return entry.position;
    },
  };
}

/** The entries by their names within the archive's only folder. */
function inOneFolder(file: SourceFile, entries: ReadonlyMap<string, ZipEntry>) {
  const folders = [...entries.keys()].filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  if (folders.length !== 1) {
    throw file.broken('it is a zip archive, but not of torch.save: it has not one data.pkl');
  }
  const folder = folders[0]!.slice(0, -'data.pkl'.length);
  if (entries.has(`${folder}constants.pkl`)) {
    throw file.broken('it is a TorchScript program; supported: a state dict');
  }
  return new Map([...entries].map(([name, entry]) => [within(file, folder, name), entry]));
}

function within(file: SourceFile, folder: string, name: string): string {
  if (name.startsWith(folder)) return name.slice(folder.length);
  throw file.broken(`${name} lies outside the folder ${folder}`);
}

/** Files of before 2.1 do not say; those machines were little-endian. */
function requireLittleEndian(file: SourceFile, entry: ZipEntry | undefined): void {
  if (entry === undefined) return;
  const text = String.fromCharCode(...file.read(entry.position, Math.min(entry.bytes, 16)));
  if (text === 'little') return;
  throw file.broken(`its byteorder is ${JSON.stringify(text)}; supported: "little"`);
}

function requireEntry(
  file: SourceFile,
  { key, elementType, elementCount, bytesEach }: Storage,
  entries: ReadonlyMap<string, ZipEntry>,
): ZipEntry {
  const entry = entries.get(`data/${key}`);
  if (entry === undefined) throw file.broken(`data/${key} is missing in it`);
  const expected = elementCount * bytesEach;
  if (entry.bytes === expected) return entry;
  throw file.broken(
    `data/${key}, ${elementCount} ${elementType}, takes ${expected} bytes, not ${entry.bytes}`,
  );
}

/** A checksum of 0 is what torch.save writes where it was told to make none. */
function requireUndamaged(file: SourceFile, entry: ZipEntry): void {
  if (entry.crc32 === 0) return;
  const buffer = new Uint8Array(Math.min(entry.bytes, pieceBytes));
  let sum = 0;
  for (let done = 0; done < entry.bytes; done += pieceBytes) {
    const piece = buffer.subarray(0, entry.bytes - done);
    file.readInto(piece, entry.position + done);
    sum = crc32(piece, sum);
  }
  if (sum !== entry.crc32) throw file.broken(`${entry.name} is damaged: its checksum differs`);
}
