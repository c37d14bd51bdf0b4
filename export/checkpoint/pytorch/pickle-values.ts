// What the pickle of a state dict may be made of. Containers are classes of our own, so that a tuple is
// not taken for a list; a dict keeps its entries as they were written, equal keys too.

export class PickledTuple {
  readonly items: readonly PickleValue[];

  constructor(items: readonly PickleValue[]) {
    this.items = items;
  }
}

export class PickledList {
  readonly items: PickleValue[] = [];
}

export type PickledKey = string | number;

export class PickledDict {
  readonly entries: [key: PickledKey, value: PickleValue][] = [];

  /** The value of the last entry with that key, as Python has it. */
  get(wanted: PickledKey): PickleValue | undefined {
    return this.entries.findLast(([key]) => key === wanted)?.[1];
  }
}

/** A name of Python's that the table of globals allows; it is never looked up, let alone called. */
export class PickledGlobal {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** A run of numbers that lies somewhere in the file. */
export class Storage {
  readonly key: string;
  /** By safetensors' names. */
  readonly elementType: string;
  readonly bytesEach: number;
  readonly elementCount: number;

  constructor(key: string, elementType: string, bytesEach: number, elementCount: number) {
    this.key = key;
    this.elementType = elementType;
    this.bytesEach = bytesEach;
    this.elementCount = elementCount;
  }
}

/** A view of a storage: element [i, j, …] is number `offset + i · strides[0] + j · strides[1] + …`. */
export class StoredView {
  readonly storage: Storage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  constructor(
    storage: Storage,
    offset: number,
    shape: readonly number[],
    strides: readonly number[],
  ) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickledTuple
  | PickledList
  | PickledDict
  | PickledGlobal
  | Storage
  | StoredView;

/** For messages. */
export function describeValue(value: PickleValue): string {
  if (value === null) return 'None';
  if (value instanceof PickledTuple) return 'a tuple';
  if (value instanceof PickledList) return 'a list';
  if (value instanceof PickledDict) return 'a dict';
  if (value instanceof PickledGlobal) return value.name;
  if (value instanceof Storage) return 'a storage';
  if (value instanceof StoredView) return 'a tensor';
  return typeof value === 'string' ? 'a string' : `the ${typeof value} ${value}`;
}
