// What a graph over int8 weights computes, written the slow and obvious way: the same whole numbers,
// the same scales, rounded at the same places, over plain arrays. All else is the eager reference's.
//
//   weight    scale[output] = largest |weight| of the output / 127    units = weight / scale, rounded
//   row of x  scale = largest |x| · (1/127)                           units = x / scale, rounded
//   product   Σ units · units, exact                                  · both scales
//
// A row that a gelu made has units from -32 to 223, of the largest x / 223, or as much more as keeps
// the least of all gelus at -32; one that a relu made has units from 0 to 255. None of this is shared
// with what exports weights.

import { eagerOps } from './eager.ts';
import type { Cache } from './eager-attention.ts';
import { matrix, row, type Tensor, transposed, zeros } from './eager-tensor.ts';
import type { Activation, Ops } from './ops.ts';

const leastOfGelu = -0.1701;

interface Units {
  readonly units: Int8Array; // [outputs, depth]
  readonly scales: Float32Array; // [outputs]
}

/** Of weights in use: sequences side by side share them, and what is not read again is not kept. */
const known = new WeakMap<Tensor, Units>();

/** `tables`: those with a row for every token. Others, like the positions, stay as they are. */
export function int8Ops(cache: Cache, tables: ReadonlySet<Tensor>): Ops<Tensor> {
  const words = eagerOps(cache);
  const activated = new Map<Tensor, Activation>();
  const unitsOf = (weight: Tensor, outputs: 'rows' | 'columns') => {
    const made = known.get(weight) ?? weightUnits(outputs === 'rows' ? weight : transposed(weight));
    known.set(weight, made);
    return made;
  };

  return {
    ...words,
    gather: (table, ids) => {
      if (!tables.has(table)) return words.gather(table, ids);
      const width = matrix(table)[1];
      const { units, scales } = unitsOf(table, 'rows');
      const result = zeros(ids.data.length, width); // [n, width]
      ids.data.forEach((id, at) => {
        const from = units.subarray(id * width, (id + 1) * width);
        const to = row(result, at); // [width]
        for (let i = 0; i < width; i++) to[i] = from[i]! * scales[id]!;
      });
      return result;
    },
    linear: (x, weight, bias) => {
      const product = multiplied(x, unitsOf(weight, 'columns'), activated.get(x));
      return {
        ...product,
        data: product.data.map((y, at) => y + bias.data[at % bias.data.length]!),
      };
    },
    project: (x, table) => multiplied(x, unitsOf(table, 'rows'), activated.get(x)),
    activate: (x, activation) => {
      const result = words.activate(x, activation);
      activated.set(result, activation);
      return result;
    },
  };
}

/** x [n, depth] · weightᵀ [outputs, depth] -> [n, outputs] */
function multiplied(
  x: Tensor,
  { units, scales }: Units,
  activation: Activation | undefined,
): Tensor & { readonly data: Float64Array } {
  const [count, depth] = matrix(x);
  const result = zeros(count, scales.length);
  for (let at = 0; at < count; at++) {
    const values = Float32Array.from(row(x, at));
    const scale = rowScale(values, activation);
    if (scale === 0) continue;
    const own = Int32Array.from(values, (value) => halfToEven(Math.fround(value / scale)));
    const to = row(result, at); // [outputs]
    for (let output = 0; output < scales.length; output++) {
      let sum = 0;
      for (let i = 0; i < depth; i++) sum += own[i]! * units[output * depth + i]!;
      to[output] = sum * scales[output]! * scale;
    }
  }
  return result;
}

function rowScale(values: Float32Array, activation: Activation | undefined): number {
  if (activation === undefined) return Math.fround(largestOf(values) * Math.fround(1 / 127));
  if (activation === 'relu') return Math.fround(largestOf(values) * Math.fround(1 / 255));
  const largest = values.reduce((a, b) => Math.max(a, b));
  const least = Math.fround(-leastOfGelu / 32);
  return Math.max(Math.fround(largest * Math.fround(1 / 223)), least);
}

function weightUnits(weight: Tensor): Units {
  const [outputs, depth] = matrix(weight);
  const units = new Int8Array(outputs * depth);
  const scales = new Float32Array(outputs);
  for (let output = 0; output < outputs; output++) {
    const values = row(weight, output);
    const scale = Math.fround(largestOf(values) / 127);
    scales[output] = scale;
    if (scale === 0) continue;
    const perUnit = Math.fround(1 / scale);
    for (let i = 0; i < depth; i++) units[output * depth + i] = Math.round(values[i]! * perUnit);
  }
  return { units, scales };
}

/** Of their magnitudes. */
export function largestOf(values: Tensor['data']): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest;
}

export function halfToEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
