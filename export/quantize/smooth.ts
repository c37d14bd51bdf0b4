// Weights of the same network that whole numbers hold better.
//
// In some checkpoints a few channels of what a norm gives are far larger than the others, and the rows of
// weights that read them far smaller. Scales that many channels share then leave little of the others. But
// size can be moved from one to the other: what a channel is divided by, its row is multiplied by.
//
//   ln_1 ─► c_attn, ln_2 ─► c_fc     gain and bias / factor      rows · factor
//   values ─► attn.c_proj            columns of c_attn / factor  rows · factor
//
// What counts is a channel's size in proportion to its row's. The factor is the square root of how far that
// is from the median channel's, rounded to a power of two: most channels keep what they have, and because
// float32 multiplies by powers of two exactly, the network stays the same to the last bit. How large a
// channel gets is judged by the weights that make it; no text is needed. (What an activation function makes
// cannot be scaled through it, and the vocabulary's table is looked up as well: these stay.)

import type { Gpt2Config } from '../../models/gpt2/config.ts';
import type { WeightSource } from '../checkpoint/checkpoint.ts';

/** So many deviations from the mean what a norm gives is taken to reach. */
const deviations = 3;

interface LayerFactors {
  readonly attention: Float64Array; // [width], of ln_1 and the rows of c_attn
  readonly values: Float64Array; // [width], of c_attn's last third of columns and the rows of c_proj
  readonly mlp: Float64Array; // [width], of ln_2 and the rows of c_fc
}

/** Reads the matrices of a layer once more than they are asked for. */
export function smoothed(config: Gpt2Config, weights: WeightSource): WeightSource {
  const known = new Map<number, LayerFactors>();
  const factorsOf = (layer: number) => {
    const factors = known.get(layer) ?? layerFactors(config, weights, `h.${layer}`);
    known.set(layer, factors);
    return factors;
  };
  return {
    shape: (name) => weights.shape(name),
    read: (name) => {
      const stored = weights.read(name);
      const [, layer, part] = /^h\.(\d+)\.(.*)\.(?:weight|bias)$/.exec(name) ?? [];
      if (layer === undefined) return stored;
      const data = stored.slice(); // the source may keep its own
      const isWeight = name.endsWith('.weight');
      const { attention, values, mlp } = factorsOf(Number(layer));
      switch (part) {
        case 'ln_1':
          return divide(data, attention);
        case 'ln_2':
          return divide(data, mlp);
        case 'attn.c_attn':
          divideValues(data, values);
          return isWeight ? multiplyRows(data, attention) : data;
        case 'attn.c_proj':
          return isWeight ? multiplyRows(data, values) : data;
        case 'mlp.c_fc':
          return isWeight ? multiplyRows(data, mlp) : data;
        default:
          return data;
      }
    },
  };
}

function layerFactors({ width }: Gpt2Config, weights: WeightSource, layer: string): LayerFactors {
  const read = (name: string) => weights.read(`${layer}.${name}`);
  const packed = read('attn.c_attn.weight').slice(); // [width, 3 · width]
  const values = balance(
    valueSizes(read('ln_1.weight'), read('ln_1.bias'), packed, read('attn.c_attn.bias')),
    sizesOfRows(read('attn.c_proj.weight'), width),
  );
  divideValues(packed, values);
  const normSizes = (norm: string) => {
    const [gain, bias] = [read(`${norm}.weight`), read(`${norm}.bias`)];
    return Float64Array.from(gain, (by, at) => deviations * Math.abs(by) + Math.abs(bias[at]!));
  };
  return {
    values,
    attention: balance(normSizes('ln_1'), sizesOfRows(packed, width)),
    mlp: balance(normSizes('ln_2'), sizesOfRows(read('mlp.c_fc.weight'), width)),
  };
}

/** The root mean square of each value, were what the norm gives independent, and its bias. */
function valueSizes(
  gain: Float32Array,
  bias: Float32Array,
  packed: Float32Array, // [width, 3 · width]
  packedBias: Float32Array, // [3 · width]
): Float64Array {
  const width = gain.length;
  const squares = new Float64Array(width);
  for (let i = 0; i < width; i++) {
    const power = gain[i]! ** 2 + bias[i]! ** 2;
    const row = i * 3 * width + 2 * width;
    for (let at = 0; at < width; at++) squares[at]! += power * packed[row + at]! ** 2;
  }
  return squares.map((square, at) => Math.sqrt(square) + Math.abs(packedBias[2 * width + at]!));
}

/** Root mean squares. */
function sizesOfRows(matrix: Float32Array, rows: number): Float64Array {
  const columns = matrix.length / rows;
  const sizes = new Float64Array(rows);
  for (let row = 0, index = 0; row < rows; row++) {
    let squares = 0;
    for (let column = 0; column < columns; column++, index++) squares += matrix[index]! ** 2;
    sizes[row] = Math.sqrt(squares / columns);
  }
  return sizes;
}

/** 1 where a channel is always zero, or nothing reads it. */
function balance(sizes: Float64Array, rows: Float64Array): Float64Array {
  const proportions = sizes.map((size, at) => Math.log2(size / rows[at]!));
  const sorted = proportions.filter(Number.isFinite).sort();
  const median = sorted[sorted.length >> 1] ?? 0;
  return proportions.map((proportion) =>
    Number.isFinite(proportion) ? 2 ** Math.round((proportion - median) / 2) : 1,
  );
}

function divide(data: Float32Array<ArrayBuffer>, factors: Float64Array) {
  for (let at = 0; at < data.length; at++) data[at]! /= factors[at]!;
  return data;
}

/** The last third of every row; a bias is one row. */
function divideValues(data: Float32Array, factors: Float64Array): void {
  const width = factors.length;
  for (let start = 2 * width; start < data.length; start += 3 * width) {
    for (let at = 0; at < width; at++) data[start + at]! /= factors[at]!;
  }
}

function multiplyRows(data: Float32Array<ArrayBuffer>, factors: Float64Array) {
  const columns = data.length / factors.length;
  for (let row = 0, index = 0; row < factors.length; row++) {
    for (let column = 0; column < columns; column++, index++) data[index]! *= factors[row]!;
  }
  return data;
}
