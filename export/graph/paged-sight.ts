// What each packed token attends to, worked out from the inputs that PagedAttention works it out from:
// which sequence it belongs to, where it stands in it, and where in the pool it is written.
//
//   boundaries 0 1 4 5     tokens  0  1 2 3  4       owner  0  1 1 1  2
//   past_seqlens 6 0 40                           position  6  0 1 2  40
//
// The bounds in the metadata are trusted, as the operator trusts them: what lies beyond is not computed.

import { type Attributes, int, type Shape, type Value } from './ir.ts';
import type { NodeList } from './node-list.ts';
import type { PagedInputs } from './paged-on-cpu.ts';

export interface Sight {
  /** Of each token the block, and the place in it. */
  readonly slots: Value; // [tokens, 2]
  /** Keys are all places of all tables; seen are those of a token's own sequence, up to itself. */
  readonly isSeen: Value; // [tokens, keys]
}

export function sightOf(list: NodeList, inputs: PagedInputs): Sight {
  const { keys, boundaries, pasts, table, slots, metadata } = inputs;
  const blockSize = list.scalar(Number(keys.shape[1]));
  const say = (operator: string, given: readonly Value[], shape: Shape, how: Attributes = {}) =>
    list.node(operator, given, { shape }, how);
  const ask = (operator: string, a: Value, b: Value, shape: Shape) =>
    list.node(operator, [a, b], { type: 'bool', shape });
  const wide = (x: Value) => say('Cast', [x], x.shape, { to: int(int64Code) });
  const size = (x: Value, axis: number) =>
    say('Gather', [say('Shape', [x], [x.shape.length]), list.scalar(axis)], []);
  const upTo = (count: Value, name: string) =>
    say('Range', [list.scalar(0), count, list.scalar(1)], [name]);
  const withAxes = (x: Value, ...axes: readonly number[]) => {
    const shape = [...x.shape];
    for (const axis of axes) shape.splice(axis, 0, 1);
    return say('Unsqueeze', [x, list.vector(axes)], shape);
  };

  /** A number of the metadata; 0 bounds nothing. */
  const bound = (place: number) => {
    const said = say('Gather', [wide(metadata), list.scalar(place)], []);
    const isSaid = ask('Greater', said, list.scalar(0), []);
    return say('Where', [isSaid, said, list.scalar(farAway)], []);
  };

  const bounds = wide(boundaries); // [boundaries]
  const ends = say('Slice', [bounds, list.vector([1]), list.vector([farAway])], ['batch']);
  const index = upTo(size(slots, 0), 'tokens'); // [tokens]
  const isPast = ask('GreaterOrEqual', withAxes(index, 1), withAxes(ends, 0), ['tokens', 'batch']);
  const endsBefore = [wide(isPast), list.vector([1])];
  const owner = say('ReduceSum', endsBefore, ['tokens'], { keepdims: int(0) });
  const begin = say('Gather', [bounds, owner], ['tokens']);
  const past = say('Gather', [wide(pasts), owner], ['tokens']);
  const sinceBegin = say('Sub', [index, begin], ['tokens']);
  const position = say('Add', [past, sinceBegin], ['tokens']);

  const sequences = upTo(size(table, 0), 'batch'); // [batch]
  const places = upTo(say('Mul', [size(table, 1), blockSize], []), 'places'); // [places]
  const [token, sequence] = [withAxes(owner, 1, 2), withAxes(sequences, 0, 2)];
  const isOwn = ask('Equal', token, sequence, ['tokens', 'batch', 1]);
  const [place, last] = [withAxes(places, 0, 1), withAxes(position, 1, 2)];
  const isBefore = ask('LessOrEqual', place, last, ['tokens', 1, 'places']);
  const isQueried = ask('Less', withAxes(sinceBegin, 1, 2), bound(0), ['tokens', 1, 1]);
  const isKey = ask('Less', place, bound(1), [1, 1, 'places']);
  const seen = [isOwn, isBefore, isQueried, isKey].reduce((both, each) =>
    ask('And', both, each, ['tokens', 'batch', 'places']),
  );
  const tokenCount = say('Shape', [slots], [1]);
  const flat = say('Concat', [tokenCount, list.vector([-1])], [2], { axis: int(0) });

  const slot = wide(slots); // [tokens]
  const pair = ['Div', 'Mod'].map((operator) =>
    withAxes(say(operator, [slot, blockSize], ['tokens']), 1),
  );
  return {
    slots: say('Concat', pair, ['tokens', 2], { axis: int(1) }),
    isSeen: list.node('Reshape', [seen, flat], { type: 'bool', shape: ['tokens', 'keys'] }),
  };
}

/** TensorProto.DataType */
const int64Code = 7;

/** Beyond the end of any vector. */
const farAway = 2 ** 31;
