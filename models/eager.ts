// The vocabulary over plain arrays: slow, obvious, in double precision. It is what exported graphs
// are compared with, so each line follows the definition and nothing is shared with the exporter.
//
// An instance computes one sequence. The sequence may come in pieces: the keys and values of what
// was computed so far stay in its cache.

import { Cache, causalAttention } from './eager-attention.ts';
import { matrix, row, type Tensor, zeros } from './eager-tensor.ts';
import type { Activation, Ops } from './ops.ts';

export function eagerOps(cache: Cache = new Cache()): Ops<Tensor> {
  return {
    gather: (table, ids) => {
      const result = zeros(ids.data.length, matrix(table)[1]); // [n, width]
      ids.data.forEach((id, at) => {
        result.data.set(row(table, id), at * matrix(table)[1]);
      });
      return result;
    },
    add: (a, b) => elementwise(a, b, (x, y) => x + y),
    multiply: (a, b) => elementwise(a, b, (x, y) => x * y),
    linear,
    project,
    layerNorm,
    activate: (x, activation) => map(x, activationFunctions[activation]),
    selfAttention: (qkv, shape) => causalAttention(cache, qkv, shape),
    logSumExp,
    pick: (x, ids) => ({
      shape: ids.shape, // [n]
      data: Float64Array.from(ids.data, (id, at) => row(x, at)[id]!),
    }),
    topK,
    column: (x) => ({ shape: [x.data.length, 1], data: x.data }),
  };
}

function map(x: Tensor, f: (value: number) => number): Tensor {
  return { shape: x.shape, data: Float64Array.from(x.data, f) };
}

function elementwise(a: Tensor, b: Tensor, f: (x: number, y: number) => number): Tensor {
  const perRow = b.data.length === a.data.length ? 1 : matrix(a)[1]; // b is [n, 1]: one for a row
  if (b.data.length * perRow !== a.data.length) {
    throw new Error(`[${a.shape.join(', ')}] and [${b.shape.join(', ')}] do not fit`);
  }
  const data = Float64Array.from(a.data, (value, at) => f(value, b.data[Math.floor(at / perRow)]!));
  return { shape: a.shape, data };
}

/** Shifted by the largest entry of each row, so that nothing overflows. */
function logSumExp(x: Tensor): Tensor {
  const [rows] = matrix(x);
  const data = new Float64Array(rows);
  for (let at = 0; at < rows; at++) {
    const entries = row(x, at);
    let largest = -Infinity;
    for (const entry of entries) largest = Math.max(largest, entry);
    let sum = 0;
    for (const entry of entries) sum += Math.exp(entry - largest);
    data[at] = largest + Math.log(sum);
  }
  return { shape: [rows], data };
}

const activationFunctions: Readonly<Record<Activation, (x: number) => number>> = {
  gelu_new: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  gelu: (x) => 0.5 * x * (1 + errorFunction(x / Math.SQRT2)),
  relu: (x) => Math.max(0, x),
};

/**
 * erf(x) = 2/√π · x · e^(-x²) · Σ (2x²)ⁿ / (1 · 3 · 5 · … · (2n + 1)), whose terms are all positive:
 * nothing cancels. Beyond 6 it is 1 to the last bit.
 */
function errorFunction(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let [term, sum] = [1, 1];
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * x * Math.exp(-x * x) * sum;
}

function linear(x: Tensor, weight: Tensor, bias: Tensor): Tensor {
  const [count, depth] = matrix(x);
  const width = matrix(weight)[1];
  const result = zeros(count, width); // [n, out]
  for (let at = 0; at < count; at++) row(result, at).set(bias.data);
  for (let i = 0; i < depth; i++) {
    const from = row(weight, i); // [out]
    for (let at = 0; at < count; at++) {
      const factor = x.data[at * depth + i]!;
      const to = row(result, at); // [out]
      for (let o = 0; o < width; o++) to[o]! += factor * from[o]!;
    }
  }
  return result;
}

function project(x: Tensor, table: Tensor): Tensor {
  const [count] = matrix(x);
  const [entries] = matrix(table);
  const result = zeros(count, entries); // [n, entries]
  for (let entry = 0; entry < entries; entry++) {
    const against = row(table, entry); // [width]
    for (let at = 0; at < count; at++) result.data[at * entries + entry] = dot(row(x, at), against);
  }
  return result;
}

function dot(a: Tensor['data'], b: Tensor['data']): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

function layerNorm(x: Tensor, weight: Tensor, bias: Tensor, epsilon: number): Tensor {
  const [count, width] = matrix(x);
  const result = zeros(count, width);
  for (let at = 0; at < count; at++) {
    const values = row(x, at);
    let mean = 0;
    for (const value of values) mean += value / width;
    let variance = 0;
    for (const value of values) variance += (value - mean) ** 2 / width;
    const to = row(result, at);
    for (let i = 0; i < width; i++) {
      const normal = (values[i]! - mean) / Math.sqrt(variance + epsilon);
      to[i] = normal * weight.data[i]! + bias.data[i]!;
    }
  }
  return result;
}

function topK(x: Tensor, count: number): { scores: Tensor; ids: Tensor } {
  const [rows] = matrix(x);
  const scores = zeros(rows, count);
  const ids = new Int32Array(rows * count);
  for (let at = 0; at < rows; at++) {
    const values = row(x, at);
    const order = Array.from(values, (_, id) => id).sort(
      (a, b) => values[b]! - values[a]! || a - b,
    );
    order.slice(0, count).forEach((id, rank) => {
      scores.data[at * count + rank] = values[id]!;
      ids[at * count + rank] = id;
    });
  }
  return { scores, ids: { shape: [rows, count], data: ids } };
}
