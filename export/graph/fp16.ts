// The words over weights in fp16, as ONNX Runtime's CUDA provider computes them best. Its attention
// knows no other floats.
//
//   ids [batch, tokens] ─► activations [batch, tokens, width] ─► rows [rows, width] ─► logits [rows, V]
//                          fp16 ────────────────────────────────────────────────────► float32
//
// Activations keep three axes: with two, attention's would have to be found out in each run, by nodes
// that have no place on a GPU. What has the size of a vocabulary is float32 from the logits on, so that
// sums of 50,257 exponentials are exact enough. Between nodes fp16 is what is stored; products, norms
// and the softmax inside attention add up in float32.
//
// Trained logits have much in common: those of published GPT-2s lie between -30 and -130, where halves
// are 0.016 to 0.125 apart, too coarse to tell near candidates. So the head's table is stored without
// the mean of its rows, and that mean as one more row: the product gives small numbers, exactly enough,
// and apart from them what all of a row's logits share, which is added in float32. Lookups add the mean.
//
//   table [V, width]  ->  [ row 0 - mean | … | row V-1 - mean | mean | zeros up to a multiple of 64 ]
//
// fp16 ends at 65,504. Weights beyond are refused; activations are not looked at: published GPT-2s
// reach some 3,000 in a few channels of the stream.

import { centered, halves, meanRow } from '../quantize/fp16.ts';
import { int, matrix, type Value } from './ir.ts';
import type { GraphWriter } from './writer.ts';

/** The words as they are over values of any float type. */
interface FloatWords {
  gather(table: Value, rows: Value): Value;
  add(a: Value, b: Value): Value;
  project(x: Value, table: Value): Value;
  layerNorm(x: Value, weight: Value, bias: Value, epsilon: number): Value;
}

export interface Fp16Words {
  enter(ids: Value): Value;
  gather(table: Value, rows: Value): Value;
  linear(x: Value, weight: Value, bias: Value): Value;
  project(x: Value, table: Value): Value;
  layerNorm(x: Value, weight: Value, bias: Value, epsilon: number): Value;
}

/** The product with a table of 50,257 rows takes twice as long on a GPU as that with 50,304. */
const rowsTogether = 64;

/** TensorProto.DataType.FLOAT */
const toFloat32 = int(1);

/** `headTable`: what logits are the product with, and tokens are looked up in where it is tied. */
export function fp16Words(writer: GraphWriter, words: FloatWords, headTable: string): Fp16Words {
  const half = (parameter: Value): Value =>
    writer.derived(parameter, 'fp16', { type: 'float16', shape: parameter.shape }, (data) =>
      halves(data, parameter.name),
    );

  const centeredTable = (parameter: Value): Value => {
    const [rows, width] = matrix(parameter).map(Number) as [number, number];
    const padded = Math.ceil((rows + 1) / rowsTogether) * rowsTogether;
    return writer.derived(parameter, 'fp16', { type: 'float16', shape: [padded, width] }, (data) =>
      centered(data, width, padded, parameter.name),
    );
  };

  const meanOf = (parameter: Value): Value => {
    const width = Number(matrix(parameter)[1]);
    return writer.derived(parameter, 'mean', { type: 'float16', shape: [width] }, (data) =>
      halves(meanRow(data, width), parameter.name),
    );
  };

  /** [batch, tokens, width] -> [batch*tokens, width] */
  const flat = (x: Value): Value => {
    const [batch, tokens, width] = x.shape;
    return writer.node('Reshape', [x, writer.constant([-1, Number(width)])], {
      type: x.type,
      shape: [`${batch}*${tokens}`, width!],
    });
  };

  /** Columns of a matrix, in float32. */
  const columns = (x: Value, from: number, to: number): Value => {
    const bounds = [from, to, -1].map((number) => writer.constant([number]));
    const shape = [matrix(x)[0], to - from];
    const taken = writer.node('Slice', [x, ...bounds], { type: x.type, shape });
    return writer.node('Cast', [taken], { shape }, { to: toFloat32 });
  };

  return {
    enter: (ids) => ids,

    gather: (table, rows) => {
      if (table.name === headTable) {
        return words.add(words.gather(centeredTable(table), rows), meanOf(table));
      }
      if (writer.isParameter(table)) return words.gather(half(table), rows);
      return words.gather(table.shape.length === 3 ? flat(table) : table, rows);
    },

    linear: (x, weight, bias) => {
      const shape = [...x.shape.slice(0, -1), matrix(weight)[1]];
      const product = writer.node('MatMul', [x, half(weight)], { type: x.type, shape });
      return words.add(product, half(bias));
    },

    project: (x, table) => {
      const entries = Number(matrix(table)[0]);
      const products = words.project(x, centeredTable(table)); // [rows, entries padded]
      const shared = columns(products, entries, entries + 1); // [rows, 1]
      return words.add(columns(products, 0, entries), shared);
    },

    layerNorm: (x, weight, bias, epsilon) => words.layerNorm(x, half(weight), half(bias), epsilon),
  };
}
