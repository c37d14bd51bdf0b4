// The words that read weights, over weights in int8: the rows of x become whole numbers too, and the
// product is one of integers.
//
//   x [n, in] ─► |x| largest of each row / 127 = scale [n, 1] ─► x / scale, rounded, as uint8 around 128
//     (uint8 · int8 -> int32) · scale of the output · scale of the row  =  x · W [n, out]
//
// Every row has a scale of its own: a token's numbers depend on no other token's. What a gelu gives
// is hardly negative, and what a relu gives never, so their zeros are 32 and 0 and not 128: twice as
// fine. (Activations must be uint8; ONNX
// Runtime's product of two int8 is ten times slower. A whole row is a block to QuantizeLinear, so
// that its scale may keep the shape [n, 1].)

import type { Activation } from '../../models/ops.ts';
import { type Outputs, quantized, scalesOf } from '../quantize/int8.ts';
import { float, int, matrix, type Size, type Value, vector } from './ir.ts';
import type { GraphWriter } from './writer.ts';

/** The words as they are over float32 weights; what is no product of weights stays with them. */
interface FloatWords {
  gather(table: Value, rows: Value): Value;
  add(a: Value, b: Value): Value;
  multiply(a: Value, b: Value): Value;
  activate(x: Value, activation: Activation): Value;
}

export interface Int8Words {
  gather(table: Value, rows: Value): Value;
  linear(x: Value, weight: Value, bias: Value): Value;
  project(x: Value, table: Value): Value;
  activate(x: Value, activation: Activation): Value;
}

/** Where uint8 has its zero, and the largest value above it. */
interface Zero {
  readonly at: number;
  readonly above: number;
}

const middle: Zero = { at: 128, above: 127 };
const afterGelu: Zero = { at: 32, above: 223 };
const afterRelu: Zero = { at: 0, above: 255 };

const zeroAfter: Readonly<Record<Activation, Zero>> = {
  gelu_new: afterGelu,
  gelu: afterGelu,
  relu: afterRelu,
};

/** No gelu is less than this: the tanh approximation reaches -0.17004, the exact one -0.16997. */
const leastOfGelu = -0.1701;

interface Quantized {
  readonly values: Value; // uint8 [n, in]
  readonly scale: Value; // float32 [n, 1]
  readonly zero: Value; // uint8 []
}

/** `tables` are the tables of whole vocabularies, which lookup and head share in int8. */
export function int8Words(
  writer: GraphWriter,
  words: FloatWords,
  tables: ReadonlySet<string>,
): Int8Words {
  const lowZeros = new Map<Value, Zero>();
  const zeros = new Map<string, Value>();
  const one = () => writer.scalar(1, 'float32');

  /** The same zero for each of n rows: uint8 [n, 1]. */
  const zeroOfRows = (scale: Value, zero: Zero): Value => {
    const [rows] = matrix(scale);
    const key = `${zero.at} ${rows}`;
    let value = zeros.get(key);
    if (value === undefined) {
      const shape = writer.node('Shape', [scale], { type: 'int64', shape: [2] });
      const inputs = [writer.scalar(zero.at, 'uint8'), shape];
      value = writer.node('Expand', inputs, { type: 'uint8', shape: scale.shape });
      zeros.set(key, value);
    }
    return value;
  };

  const largestOfRows = (x: Value): Value => {
    const shape = [matrix(x)[0], 1];
    return writer.node('ReduceMax', [x, writer.constant([1])], { shape }, { keepdims: int(1) });
  };

  const scaleOf = (x: Value, zero: Zero): Value => {
    const perUnit = writer.scalar(1 / zero.above, 'float32');
    if (zero === middle) {
      const magnitudes = writer.node('Abs', [x], { shape: x.shape });
      return words.multiply(largestOfRows(magnitudes), perUnit);
    }
    const scale = words.multiply(largestOfRows(x), perUnit);
    if (zero === afterRelu) return scale;
    // So that the least of all gelus is not cut off.
    const least = writer.scalar(-leastOfGelu / zero.at, 'float32');
    return writer.node('Max', [scale, least], { shape: scale.shape });
  };

  const quantize = (x: Value): Quantized => {
    const zero = lowZeros.get(x) ?? middle;
    const scale = scaleOf(x, zero);
    const values = writer.node(
      'QuantizeLinear',
      [x, scale, zeroOfRows(scale, zero)],
      { type: 'uint8', shape: x.shape },
      { axis: int(1), block_size: int(Number(matrix(x)[1])) },
    );
    return { values, scale, zero: writer.scalar(zero.at, 'uint8') };
  };

  const weightOf = (weight: Value, outputs: Outputs): readonly [values: Value, scales: Value] => {
    const [rows, columns] = matrix(weight);
    const count: Size = outputs === 'columns' ? columns : rows;
    return [
      writer.derived(weight, 'int8', { type: 'int8', shape: weight.shape }, (data) =>
        quantized(data, Number(columns), outputs),
      ),
      writer.derived(weight, 'scale', { type: 'float32', shape: [count] }, (data) =>
        scalesOf(data, Number(columns), outputs),
      ),
    ];
  };

  return {
    gather: (table, rows) => {
      if (!tables.has(table.name)) return words.gather(table, rows);
      const [values, scales] = weightOf(table, 'rows');
      const shape = [vector(rows), matrix(table)[1]];
      const picked = writer.node('Gather', [values, rows], { type: 'int8', shape });
      const scale = writer.node('Gather', [scales, rows], { shape: rows.shape });
      return writer.node('DequantizeLinear', [picked, scale], { shape }, { axis: int(0) });
    },

    linear: (x, weight, bias) => {
      const { values, scale, zero } = quantize(x);
      const [weights, scales] = weightOf(weight, 'columns');
      const product = writer.node(
        'MatMulIntegerToFloat',
        [values, weights, one(), scales, zero],
        { shape: [matrix(x)[0], matrix(weight)[1]] },
        {},
        'com.microsoft',
      );
      return words.add(words.multiply(product, scale), bias);
    },

    project: (x, table) => {
      const { values, scale, zero } = quantize(x);
      const [weights, scales] = weightOf(table, 'rows');
      const noOffsets = writer.vector(0, Number(matrix(table)[0]), 'int8');
      const product = writer.node(
        'QGemm',
        [values, one(), zero, weights, scales, noOffsets],
        { shape: [matrix(x)[0], matrix(table)[0]] },
        { transB: int(1), alpha: float(1) },
        'com.microsoft',
      );
      return words.multiply(product, scale);
    },

    activate: (x, activation) => {
      const result = words.activate(x, activation);
      lowZeros.set(result, zeroAfter[activation]);
      return result;
    },
  };
}
