// What a graph over weights in 4 bits computes, written the slow and obvious way: the same whole numbers,
// the same scales, rounded at the same places, over plain arrays. The tables are int8's, all else is the
// eager reference's.
//
// The weights that feed one output, and the rows of x that they meet, are cut into blocks of 32:
//
//   weights   units from 0 to 15, one of which is zero            (unit - zero) · scale
//   row of x  scale = largest |x| of the block / 127              units = x · (127 / largest), rounded
//   product   Σ over blocks of (Σ units · (units - zero), exact) · both scales
//
// How a block's zero and scale are found: zero is where 0 lies in the block's range (with 0 in it), or one
// beside it; a unit is 1/15 of the range, or of 95 %, 90 %, … 75 % of it. Of these eighteen, the one whose
// units, with the scale that least squares give them, have the least squared error; the first of equals.
// None of this is shared with what exports weights.

import type { Cache } from './eager-attention.ts';
import { int8Ops } from './eager-int8.ts';
import { matrix, row, type Tensor, zeros } from './eager-tensor.ts';
import type { Ops } from './ops.ts';

const blockLength = 32;

interface Block {
  readonly units: readonly number[]; // less their zero
  readonly scale: number;
}

export function int4Ops(cache: Cache, tables: ReadonlySet<Tensor>): Ops<Tensor> {
  const words = int8Ops(cache, tables);
  const known = new WeakMap<Tensor, readonly (readonly Block[])[]>(); // of each output
  return {
    ...words,
    linear: (x, weight, bias) => {
      const made = known.get(weight) ?? weightBlocks(weight);
      known.set(weight, made);
      const count = matrix(x)[0];
      const result = zeros(count, made.length); // [n, out]
      for (let at = 0; at < count; at++) {
        const own = rowBlocks(Float32Array.from(row(x, at)));
        const to = row(result, at); // [out]
        made.forEach((blocks, output) => {
          to[output] = bias.data[output]! + dot(own, blocks);
        });
      }
      return result;
    },
  };
}

function dot(a: readonly Block[], b: readonly Block[]): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) {
    const [left, right] = [a[at]!, b[at]!];
    let product = 0;
    for (let i = 0; i < left.units.length; i++) product += left.units[i]! * right.units[i]!;
    sum += product * left.scale * right.scale;
  }
  return sum;
}

function cut(values: Float32Array): readonly (readonly number[])[] {
  const count = Math.ceil(values.length / blockLength);
  return Array.from({ length: count }, (_, at) => [
    ...values.subarray(at * blockLength, (at + 1) * blockLength),
  ]);
}

function rowBlocks(values: Float32Array): readonly Block[] {
  return cut(values).map((block) => {
    const most = Math.max(...block.map(Math.abs));
    const perUnit = most === 0 ? 0 : Math.fround(127 / most);
    const units = block.map((value) => halfToEven(Math.fround(value * perUnit)));
    return { units, scale: Math.fround(most / 127) };
  });
}

function weightBlocks(weight: Tensor): readonly (readonly Block[])[] {
  const [depth, outputs] = matrix(weight);
  return Array.from({ length: outputs }, (_, output) => {
    const column = Float32Array.from(
      { length: depth },
      (_, i) => weight.data[i * outputs + output]!,
    );
    return cut(column).map(bestBlock);
  });
}

function bestBlock(values: readonly number[]): Block {
  const low = Math.min(0, ...values);
  const range = Math.max(0, ...values) - low;
  let best: Block = { units: values.map(() => 0), scale: 0 };
  if (range === 0) return best;
  const where = Math.round((-low / range) * 15);
  let most = 0;
  for (const share of [1, 0.95, 0.9, 0.85, 0.8, 0.75]) {
    for (const move of [0, -1, 1]) {
      const zero = within15(where + move);
      const step = (share * range) / 15;
      const units = values.map((value) => within15(Math.round(value / step) + zero) - zero);
      const product = units.reduce((sum, unit, i) => sum + unit * values[i]!, 0);
      const square = units.reduce((sum, unit) => sum + unit * unit, 0);
      const explained = square === 0 ? 0 : (product * product) / square;
      if (explained <= most) continue;
      most = explained;
      best = { units, scale: Math.fround(product / square) };
    }
  }
  return best;
}

const within15 = (unit: number) => Math.max(0, Math.min(15, unit));

function halfToEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
