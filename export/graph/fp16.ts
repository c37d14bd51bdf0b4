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
// fp16 ends at 65,504. Weights beyond are refused; activations are not looked at: published GPT-2s
// reach some 3,000 in a few channels of the stream.

import { halves } from '../quantize/fp16.ts';
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
const rowsOfTable = 64;

/** TensorProto.DataType.FLOAT */
const toFloat32 = int(1);

/** `tables`: those of whole vocabularies, which lookup and head share. */
export function fp16Words(
  writer: GraphWriter,
  words: FloatWords,
  tables: ReadonlySet<string>,
): Fp16Words {
  const half = (parameter: Value): Value =>
    writer.derived(parameter, 'fp16', { type: 'float16', shape: parameter.shape }, (data) =>
      halves(data, parameter.name),
    );

  /** Filled up with rows of zeros, which no id names and no logit is kept of. */
  const paddedTable = (parameter: Value): Value => {
    const [rows, width] = matrix(parameter).map(Number) as [number, number];
    const padded = Math.ceil(rows / rowsOfTable) * rowsOfTable;
    return writer.derived(parameter, 'fp16', { type: 'float16', shape: [padded, width] }, (data) =>
      halves(data, parameter.name, padded * width),
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

  const firstColumns = (x: Value, count: number): Value => {
    const [start, end, axis] = [0, count, -1].map((number) => writer.constant([number]));
    return writer.node('Slice', [x, start!, end!, axis!], {
      type: x.type,
      shape: [matrix(x)[0], count],
    });
  };

  return {
    enter: (ids) => ids,

    gather: (table, rows) => {
      if (tables.has(table.name)) return words.gather(paddedTable(table), rows);
      if (writer.isParameter(table)) return words.gather(half(table), rows);
      return words.gather(table.shape.length === 3 ? flat(table) : table, rows);
    },

    linear: (x, weight, bias) => {
      const shape = [...x.shape.slice(0, -1), matrix(weight)[1]];
      const product = writer.node('MatMul', [x, half(weight)], { type: x.type, shape });
      return words.add(product, half(bias));
    },

    project: (x, table) => {
      const shape = [matrix(x)[0], matrix(table)[0]];
      const scores = words.project(x, paddedTable(table)); // [rows, entries padded]
      const kept = scores.shape[1] === shape[1] ? scores : firstColumns(scores, Number(shape[1]));
      return writer.node('Cast', [kept], { shape }, { to: toFloat32 });
    },

    layerNorm: (x, weight, bias, epsilon) => words.layerNorm(x, half(weight), half(bias), epsilon),
  };
}
