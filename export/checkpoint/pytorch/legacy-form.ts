// The form of before PyTorch 1.6, which `_use_new_zipfile_serialization=False` still writes: pickles one
// behind the other, then the storages, each behind its length, in the order of the last pickle.
//
//   magic | 1001 | system | state dict | [key, key, …] | i64 count, numbers | i64 count, numbers | …

import type { SourceFile } from '../source-file.ts';
import { readPickle } from './pickle.ts';
import { largestPickle, PickleInput } from './pickle-input.ts';
import { PickledDict, PickledList, type PickleValue, type Storage } from './pickle-values.ts';
import type { PytorchContent } from './pytorch-file.ts';
import { PytorchTable } from './pytorch-table.ts';
import { stateDict } from './state-dict.ts';

const magic = 0x1950a86a20f9469cfc6cn;
const formatVersion = 1001;
const lengthBytes = 8;

export function openLegacyForm(file: SourceFile): PytorchContent {
  const input = new PickleInput(file, 0, Math.min(file.bytes, largestPickle));
  const table = new PytorchTable();
  const next = () => readPickle(input, table);
  if (next() !== magic) throw file.broken("it does not begin with torch.save's number");
  const version = next();
  if (version !== formatVersion) {
    throw file.broken(`it is of version ${version}; supported: ${formatVersion}`);
  }
  requireLittleEndian(file, next());
  const object = next();
  const positions = placeStorages(file, storageKeys(file, next()), table.storages, input.position);
  return {
    tensors: stateDict(object, (what) => file.broken(what)),
    locate: ({ key }) => positions.get(key)!,
  };
}

function requireLittleEndian(file: SourceFile, system: PickleValue): void {
  if (system instanceof PickledDict && system.get('little_endian') === true) return;
  throw file.broken('it does not say little_endian: True; supported: little-endian numbers');
}

function storageKeys(file: SourceFile, keys: PickleValue): readonly string[] {
  const items = keys instanceof PickledList ? keys.items : [null];
  if (items.every((key) => typeof key === 'string')) return items;
  throw file.broken('it has no list of the keys of its storages');
}

/** Key -> where its numbers begin: found by going from length to length. */
function placeStorages(
  file: SourceFile,
  keys: readonly string[],
  storages: ReadonlyMap<string, Storage>,
  start: number,
): Map<string, number> {
  const positions = new Map<string, number>();
  let position = start;
  for (const key of keys) {
    const storage = storages.get(key);
    if (storage === undefined) throw file.broken(`no tensor speaks of storage ${key}`);
    if (positions.has(key)) throw file.broken(`storage ${key} is there twice`);
    const length = new DataView(file.read(position, lengthBytes).buffer).getBigInt64(0, true);
    if (length !== BigInt(storage.elementCount)) {
      throw file.broken(
        `storage ${key} has ${length} numbers where it lies, ${storage.elementCount} in the pickle`,
      );
    }
    positions.set(key, position + lengthBytes);
    position += lengthBytes + storage.elementCount * storage.bytesEach;
    file.require(position, 0);
  }
  const missing = [...storages.keys()].find((key) => !positions.has(key));
  if (missing !== undefined) throw file.broken(`storage ${missing} is missing`);
  if (position !== file.bytes) {
    throw file.broken(`${file.bytes - position} bytes belong to no storage`);
  }
  return positions;
}
