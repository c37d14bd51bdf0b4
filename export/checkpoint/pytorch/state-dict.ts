// Finds the tensors in what a PyTorch file holds: a state dict, or one inside the dict that a training
// script saved. Anything that is not clearly one is refused, with the keys that were found.

import type { Broken } from '../source-file.ts';
import {
  describeValue,
  PickledDict,
  type PickledKey,
  type PickleValue,
  StoredView,
} from './pickle-values.ts';

/** Where training scripts put the state dict. */
const wrappers = ['state_dict', 'model_state_dict', 'model', 'module'];

/** What wrappers of a model put before every name: torch.compile, and training on several devices. */
const namePrefixes = ['_orig_mod.', 'module.'];

export function stateDict(object: PickleValue, broken: Broken): Map<string, StoredView> {
  if (!(object instanceof PickledDict)) {
    throw broken(`it holds ${describeValue(object)}, not a state dict`);
  }
  if (object.get('model_args') !== undefined) {
    throw broken(
      "it is a training checkpoint of nanoGPT; supported: the state dict of transformers' " +
        'GPT2LMHeadModel, whose weights are stored the other way round',
    );
  }
  const tensors = new Map<string, StoredView>();
  for (const [name, value] of unwrapped(object, broken).entries) {
    if (!(value instanceof StoredView)) {
      throw broken(`${name} is ${describeValue(value)}, not a tensor`);
    }
    if (typeof name !== 'string') throw broken(`a tensor is named by the number ${name}`);
    if (tensors.has(name)) throw broken(`${name} is there twice`);
    tensors.set(name, value);
  }
  return namePrefixes.reduce(withoutPrefix, tensors);
}

function unwrapped(object: PickledDict, broken: Broken): PickledDict {
  if (object.entries.some(([, value]) => value instanceof StoredView)) return object;
  const found = wrappers.filter((key) => object.get(key) instanceof PickledDict);
  if (found.length === 1) return object.get(found[0]!) as PickledDict;
  const keys = listed(object.entries.map(([key]) => key));
  throw broken(`it holds no state dict, nor one under ${wrappers.join(', ')}; it has ${keys}`);
}

function withoutPrefix(tensors: Map<string, StoredView>, prefix: string): Map<string, StoredView> {
  const names = [...tensors.keys()];
  if (!names.every((name) => name.startsWith(prefix))) return tensors;
  return new Map([...tensors].map(([name, view]) => [name.slice(prefix.length), view]));
}

function listed(keys: readonly PickledKey[]): string {
  if (keys.length === 0) return 'no keys';
  const shown = keys.slice(0, 6).join(', ');
  return keys.length > 6 ? `${shown} and ${keys.length - 6} more` : shown;
}
