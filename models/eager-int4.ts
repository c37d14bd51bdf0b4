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
// Heads that the graph fills up with zeros are filled up before what attention gives is cut: the blocks
// begin where the graph's do.
//
// How a block's zero and scale are found: zero is where 0 lies in the block's range (with 0 in it), or one
// beside it; a unit is 1/15 of the range, or of 95 %, 90 %, … 75 % of it. Of these eighteen, the one whose
// units, with the scale that least squares give them, have the least squared error; the first of equals.
// None of this is shared with what exports weights.

import type { Cache } from './eager-attention.ts';
import { halfToEven, int8Ops, largestOf } from './eager-int8.ts';
import { matrix, type Tensor, transposed, zeros } from './eager-tensor.ts';
import type { Ops } from './ops.ts';

const blockLength = 32;

/** Rows of numbers, cut into blocks. */
interface Blocks {
  readonly depth: number;
  readonly units: Int8Array; // [rows, depth], less their zero
  readonly scales: Float32Array; // [rows, blocks]
}

/** Of weights in use: sequences side by side share them, and what is not read again is not kept. */
const known = new WeakMap<Tensor, Blocks>();

/** `headSize`: of the graph, which may be larger than the network's. */
export function int4Ops(cache: Cache, tables: ReadonlySet<Tensor>, headSize: number): Ops<Tensor> {
  const words = int8Ops(cache, tables);
  const headCounts = new WeakMap<Tensor, number>(); // of what attention gave
  return {
    ...words,
    selfAttention: (qkv, shape) => {
      const result = words.selfAttention(qkv, shape);
      headCounts.set(result, shape.headCount);
      return result;
    },
    linear: (x, weight, bias) => {
      const headCount = headCounts.get(x);
      const asInGraph = (rows: Tensor) =>
        headCount === undefined ? rows : filledUp(rows, headCount, headSize);
      const made = known.get(weight) ?? blocksOf(asInGraph(transposed(weight)), fitWeights);
      known.set(weight, made);
      const values = { shape: x.shape, data: Float32Array.from(x.data) };
      const own = blocksOf(asInGraph(values), roundActivations);
      const [count, outputs] = [matrix(x)[0], bias.data.length];
      const result = zeros(count, outputs); // [n, out]
      for (let at = 0; at < count; at++) {
        for (let output = 0; output < outputs; output++) {
          const sum = dot(own, at, made, output);
          result.data[at * outputs + output] = bias.data[output]! + sum;
        }
      }
      return result;
    },
  };
}

/** [rows, heads · size] -> [rows, heads · headSize], zeros behind each head. */
function filledUp(x: Tensor, headCount: number, headSize: number): Tensor {
  const [rows, width] = matrix(x);
  const size = width / headCount;
  const data = new Float32Array(rows * headCount * headSize);
  for (let head = 0; head < rows * headCount; head++) {
    data.set(x.data.subarray(head * size, (head + 1) * size), head * headSize);
  }
  return { shape: [rows, headCount * headSize], data };
}

/** Of one row of each. */
function dot(a: Blocks, rowOfA: number, b: Blocks, rowOfB: number): number {
  const { depth } = a;
  const blockCount = Math.ceil(depth / blockLength);
  let sum = 0;
  for (let block = 0; block < blockCount; block++) {
    const end = Math.min(depth, (block + 1) * blockLength);
    let product = 0;
    for (let i = block * blockLength; i < end; i++) {
      product += a.units[rowOfA * depth + i]! * b.units[rowOfB * depth + i]!;
    }
    const scale = a.scales[rowOfA * blockCount + block]!;
    sum += product * scale * b.scales[rowOfB * blockCount + block]!;
  }
  return sum;
}

/** Fills in the units of a block, and returns its scale. */
type Quantize = (values: Tensor['data'], units: Int8Array) => number;

function blocksOf(x: Tensor, quantize: Quantize): Blocks {
  const [rows, depth] = matrix(x);
  const blockCount = Math.ceil(depth / blockLength);
  const units = new Int8Array(rows * depth);
  const scales = new Float32Array(rows * blockCount);
  for (let at = 0; at < rows; at++) {
    for (let block = 0; block < blockCount; block++) {
      const start = at * depth + block * blockLength;
      const end = Math.min(start + blockLength, (at + 1) * depth);
      const scale = quantize(x.data.subarray(start, end), units.subarray(start, end));
      scales[at * blockCount + block] = scale;
    }
  }
  return { depth, units, scales };
}

function roundActivations(values: Tensor['data'], units: Int8Array): number {
  const most = largestOf(values);
  const perUnit = most === 0 ? 0 : Math.fround(127 / most);
  for (let i = 0; i < values.length; i++) units[i] = halfToEven(Math.fround(values[i]! * perUnit));
  return Math.fround(most / 127);
}

function fitWeights(values: Tensor['data'], units: Int8Array): number {
  let [low, high] = [0, 0];
  for (const value of values) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const range = high - low;
  if (range === 0) return 0;
  const where = Math.round((-low / range) * 15);
  const tried = new Int8Array(values.length);
  let [most, scale] = [0, 0];
  for (const share of [1, 0.95, 0.9, 0.85, 0.8, 0.75]) {
    for (const move of [0, -1, 1]) {
      const zero = within15(where + move);
      const perWeight = 15 / (share * range);
      let [product, square] = [0, 0];
      for (let i = 0; i < values.length; i++) {
        const unit = within15(Math.floor(values[i]! * perWeight + 0.5) + zero) - zero;
        tried[i] = unit;
        product += unit * values[i]!;
        square += unit * unit;
      }
      // The least error is the most that the units explain of Σ value².
      if (square === 0 || (product * product) / square <= most) continue;
      most = (product * product) / square;
      scale = product / square;
      units.set(tried);
    }
  }
  return Math.fround(scale);
}

const within15 = (unit: number) => Math.max(0, Math.min(15, unit));
