// The closed table of what PyTorch writes into the pickle of a state dict: an ordered dict, tensors as
// views of storages, the parameters around them, and the types of the storages. A tensor's claims are
// checked against its storage's here; whether the storage is there, by who knows the file.

import type { Broken } from '../source-file.ts';
import type { PickleTable } from './pickle-machine.ts';
import {
  describeValue,
  PickledDict,
  PickledGlobal,
  PickledTuple,
  type PickleValue,
  Storage,
  StoredView,
} from './pickle-values.ts';

/** By PyTorch's names; the last three are for masks, which are not weights. */
const storageTypes: Readonly<Record<string, readonly [elementType: string, bytesEach: number]>> = {
  'torch.FloatStorage': ['F32', 4],
  'torch.HalfStorage': ['F16', 2],
  'torch.BFloat16Storage': ['BF16', 2],
  'torch.DoubleStorage': ['F64', 8],
  'torch.LongStorage': ['I64', 8],
  'torch.ByteStorage': ['U8', 1],
  'torch.BoolStorage': ['BOOL', 1],
};

type Constructor = (args: readonly PickleValue[], broken: Broken) => PickleValue;

const constructors: Readonly<Record<string, Constructor>> = {
  'collections.OrderedDict': orderedDict,
  'torch._utils._rebuild_tensor_v2': rebuildTensor,
  'torch._utils._rebuild_parameter': rebuildParameter,
};

const mostAxes = 8;

export class PytorchTable implements PickleTable {
  /** Every storage the pickle spoke of, by key. */
  readonly storages = new Map<string, Storage>();

  global(module: string, name: string, broken: Broken): PickledGlobal {
    const full = `${module}.${name}`;
    if (Object.hasOwn(constructors, full) || Object.hasOwn(storageTypes, full)) {
      return new PickledGlobal(full);
    }
    const allowed = [...Object.keys(constructors), ...Object.keys(storageTypes)].join(', ');
    throw broken(
      `it asks for ${full}, which no state dict needs; no code of a checkpoint is ever run ` +
        `(allowed: ${allowed})`,
    );
  }

  call(global: PickledGlobal, args: readonly PickleValue[], broken: Broken): PickleValue {
    const construct = Object.hasOwn(constructors, global.name) ? constructors[global.name] : null;
    if (!construct) throw broken(`${global.name} is a type, and was called`);
    return construct(args, broken);
  }

  /** ('storage', type, key, location, element count), and in old files None behind it. */
  persistent(id: PickleValue, broken: Broken): PickleValue {
    const items = id instanceof PickledTuple ? id.items : [];
    const [kind, type, key, , count, view = null] = items;
    if (kind !== 'storage' || items.length < 5 || items.length > 6) {
      throw broken('a persistent id is not that of a storage');
    }
    if (view !== null) throw broken('a storage is a view of another, as before PyTorch 0.4');
    const known = type instanceof PickledGlobal ? storageTypes[type.name] : undefined;
    if (known === undefined) throw broken(`${describeValue(type ?? null)} is no type of storage`);
    if (typeof key !== 'string') throw broken('a storage has a key that is no string');
    if (!isSize(count)) throw broken(`storage ${key} has no valid length`);
    return this.#remember(new Storage(key, ...known, count), broken);
  }

  #remember(storage: Storage, broken: Broken): Storage {
    const { key, elementType, elementCount } = storage;
    const before = this.storages.get(key);
    if (before === undefined) {
      this.storages.set(key, storage);
      return storage;
    }
    if (before.elementType === elementType && before.elementCount === elementCount) return before;
    throw broken(
      `storage ${key} is ${before.elementCount} ${before.elementType} in one place, ` +
        `${elementCount} ${elementType} in another`,
    );
  }
}

function orderedDict(args: readonly PickleValue[], broken: Broken): PickledDict {
  if (args.length > 0) throw broken('an OrderedDict is made from something');
  return new PickledDict();
}

/** (storage, offset, shape, strides, requires_grad, hooks), and perhaps {} with what is special. */
function rebuildTensor(args: readonly PickleValue[], broken: Broken): StoredView {
  const [storage, offset, shape, strides, , , special = null] = args;
  if (args.length < 6 || args.length > 7) throw broken(`a tensor is made of ${args.length} things`);
  if (!(storage instanceof Storage)) throw broken('a tensor has no storage');
  if (!isSize(offset)) throw broken('a tensor has no valid offset');
  if (!isSizes(shape)) throw broken('a tensor has no valid shape');
  if (!isSizes(strides)) throw broken('a tensor has no valid strides');
  if (shape.items.length !== strides.items.length || shape.items.length > mostAxes) {
    throw broken(`a tensor has ${shape.items.length} axes and ${strides.items.length} strides`);
  }
  if (special !== null && !(special instanceof PickledDict && special.entries.length === 0)) {
    throw broken('a tensor is negated or conjugated, or special in another way');
  }
  const view = new StoredView(storage, offset, shape.items, strides.items);
  requireInside(view, broken);
  return view;
}

function requireInside({ storage, offset, shape, strides }: StoredView, broken: Broken): void {
  const last = shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, offset);
  const end = shape.includes(0) ? offset : last + 1;
  if (end <= storage.elementCount) return;
  throw broken(
    `a tensor [${shape.join(', ')}] ends at number ${end} of storage ${storage.key}, ` +
      `which has ${storage.elementCount}`,
  );
}

/** (tensor, requires_grad, hooks) */
function rebuildParameter(args: readonly PickleValue[], broken: Broken): StoredView {
  const [tensor] = args;
  if (args.length === 3 && tensor instanceof StoredView) return tensor;
  throw broken('a parameter is not made of a tensor');
}

function isSize(value: PickleValue | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isSizes(value: PickleValue | undefined): value is PickledTuple & { items: number[] } {
  return value instanceof PickledTuple && value.items.every(isSize);
}
