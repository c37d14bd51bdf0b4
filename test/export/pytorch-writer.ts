// Writes pickles, zip archives and both of PyTorch's forms by their descriptions, so that tests can
// write broken ones.

import { crc32 } from 'node:zlib';

export type Bytes = readonly number[];

const unsigned = (value: number, size: 1 | 2 | 4 | 8): Bytes => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return [...bytes.subarray(0, size)];
};

/** Instructions of pickle, by their names in Python's pickletools. */
export const op = {
  proto: [0x80, 2],
  mark: [0x28],
  emptyTuple: [0x29],
  tuple: [0x74],
  emptyList: [0x5d],
  appends: [0x65],
  emptyDict: [0x7d],
  setItem: [0x73],
  setItems: [0x75],
  reduce: [0x52],
  build: [0x62],
  persistentId: [0x51],
  none: [0x4e],
  true: [0x88],
  false: [0x89],
  stop: [0x2e],
  put: (index: number): Bytes => [0x71, index],
  get: (index: number): Bytes => [0x68, index],
  text: (value: string): Bytes => {
    const bytes = Buffer.from(value);
    return [0x58, ...unsigned(bytes.length, 4), ...bytes];
  },
  int: (value: number): Bytes => {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    return [0x4a, ...bytes];
  },
  long: (value: bigint, size = 8): Bytes => {
    const bytes = Array.from({ length: size }, (_, at) => Number((value >> BigInt(8 * at)) & 255n));
    return [0x8a, size, ...bytes];
  },
  global: (module: string, name: string): Bytes => [0x63, ...Buffer.from(`${module}\n${name}\n`)],
} as const;

export const pickle = (...parts: readonly Bytes[]): Bytes => [op.proto, ...parts, op.stop].flat();

export const tuple = (...items: readonly Bytes[]): Bytes => [op.mark, ...items, op.tuple].flat();

export const dict = (...entries: readonly (readonly [key: Bytes, value: Bytes])[]): Bytes =>
  [op.emptyDict, op.mark, ...entries.flat(), op.setItems].flat();

export const orderedDict: Bytes = [
  ...op.global('collections', 'OrderedDict'),
  ...op.emptyTuple,
  ...op.reduce,
];

export interface Described {
  readonly key?: Bytes;
  readonly type?: Bytes;
  readonly count?: Bytes;
  readonly view?: Bytes;
  readonly offset?: Bytes;
  readonly shape?: Bytes;
  readonly strides?: Bytes;
  readonly hooks?: Bytes;
}

/** A tensor as `torch.save` puts it: six float32 from storage 0 on, as [2, 3], unless told otherwise. */
export function tensor(given: Described = {}): Bytes {
  const {
    key = op.text('0'),
    type = op.global('torch', 'FloatStorage'),
    count = op.int(6),
    view = [],
    offset = op.int(0),
    shape = tuple(op.int(2), op.int(3)),
    strides = tuple(op.int(3), op.int(1)),
    hooks = orderedDict,
  } = given;
  const id = tuple(op.text('storage'), type, key, op.text('cpu'), count, view);
  return [
    ...op.global('torch._utils', '_rebuild_tensor_v2'),
    ...tuple([...id, ...op.persistentId], offset, shape, strides, op.false, hooks),
    ...op.reduce,
  ];
}

/** One tensor, called w. */
export const stateDictPickle = (given?: Described): Bytes =>
  pickle(dict([op.text('w'), tensor(given)]));

export const sixNumbers = new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer);

export interface Entry {
  readonly name: string;
  readonly data: Uint8Array;
  readonly method?: number;
  readonly flags?: number;
  readonly crc32?: number;
  /** What the entry's own head says, where it differs. */
  readonly headName?: string;
  /** What the directory says, where it differs. */
  readonly position?: number;
  readonly bytes?: number;
}

export interface Ending {
  readonly entryCount?: number;
  readonly disk?: number;
  readonly directoryPosition?: number;
  readonly directoryBytes?: number;
  readonly comment?: string;
}

/** A zip archive with 32-bit lengths. */
export function zip(entries: readonly Entry[], ending: Ending = {}): Buffer {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let position = 0;
  for (const entry of entries) {
    const { name, data, method = 0, flags = 0 } = entry;
    const head = Buffer.alloc(30 + (entry.headName ?? name).length);
    const listed = Buffer.alloc(46 + name.length);
    const sum = entry.crc32 ?? crc32(data);
    head.writeUInt32LE(0x04034b50, 0);
    listed.writeUInt32LE(0x02014b50, 0);
    for (const [at, value] of [6, 8].map((at, i) => [at, [flags, method][i]!] as const)) {
      head.writeUInt16LE(value, at);
      listed.writeUInt16LE(value, at + 2);
    }
    listed.writeUInt32LE(sum, 16);
    listed.writeUInt32LE(entry.bytes ?? data.length, 20);
    listed.writeUInt32LE(entry.bytes ?? data.length, 24);
    listed.writeUInt32LE(entry.position ?? position, 42);
    head.writeUInt16LE((entry.headName ?? name).length, 26);
    listed.writeUInt16LE(name.length, 28);
    head.write(entry.headName ?? name, 30);
    listed.write(name, 46);
    parts.push(head, data);
    directory.push(listed);
    position += head.length + data.length;
  }
  const directoryBytes = directory.reduce((sum, { length }) => sum + length, 0);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(ending.disk ?? 0, 4);
  end.writeUInt16LE(ending.entryCount ?? entries.length, 10);
  end.writeUInt32LE(ending.directoryBytes ?? directoryBytes, 12);
  end.writeUInt32LE(ending.directoryPosition ?? position, 16);
  end.writeUInt16LE(ending.comment?.length ?? 0, 20);
  return Buffer.concat([...parts, ...directory, end, Buffer.from(ending.comment ?? '')]);
}

/** What `torch.save` makes of such a pickle, with six numbers as its storage 0. */
export function pytorchEntries(dataPickle: Bytes = stateDictPickle()): Entry[] {
  return [
    { name: 'a/data.pkl', data: Uint8Array.from(dataPickle) },
    { name: 'a/byteorder', data: Buffer.from('little') },
    { name: 'a/data/0', data: sixNumbers },
    { name: 'a/version', data: Buffer.from('3\n') },
  ];
}

export interface LegacyParts {
  readonly magic?: Bytes;
  readonly version?: Bytes;
  readonly system?: Bytes;
  readonly object?: Bytes;
  readonly keys?: Bytes;
  /** Of each storage: how many numbers, then the numbers. */
  readonly storages?: readonly (readonly [count: bigint, data: Uint8Array])[];
}

export function legacy(parts: LegacyParts = {}): Buffer {
  const {
    magic = pickle(op.long(0x1950a86a20f9469cfc6cn, 10)),
    version = pickle(op.int(1001)),
    system = pickle(dict([op.text('little_endian'), op.true])),
    object = stateDictPickle({ view: op.none }),
    keys = pickle([...op.emptyList, ...op.mark, ...op.text('0'), ...op.appends]),
    storages = [[6n, sixNumbers]],
  } = parts;
  const data = storages.flatMap(([count, bytes]) => {
    const length = Buffer.alloc(8);
    length.writeBigInt64LE(count);
    return [length, bytes];
  });
  const pickles = [magic, version, system, object, keys].map((bytes) => Buffer.from(bytes));
  return Buffer.concat([...pickles, ...data]);
}
