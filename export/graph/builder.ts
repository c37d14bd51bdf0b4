// The vocabulary over graph values: each word becomes the ONNX operators that compute it.
// Activations are matrices [n, width] with all tokens of all sequences below one another; only
// attention needs to know the sequences, and asks for [batch, tokens, width] itself.

import type { Ops } from '../../models/ops.ts';
import { attentionOps } from './attention.ts';
import { float, int, matrix, type Shape, string, type Value, vector } from './ir.ts';
import type { GraphWriter } from './writer.ts';

export interface GraphOps extends Ops<Value> {
  /** [batch, tokens] -> [batch*tokens]: how ids and positions enter the network. */
  flatten(ids: Value): Value;
  /** The caches that attention wrote, by the names of the signature. */
  readonly presents: ReadonlyMap<string, Value>;
}

export function graphOps(writer: GraphWriter): GraphOps {
  const attention = attentionOps(writer);

  const pairwise = (operator: string) => (a: Value, b: Value) =>
    writer.node(operator, [a, b], { shape: a.shape });
  const column = (x: Value): Value =>
    writer.node('Unsqueeze', [x, writer.constant([1])], {
      type: x.type,
      shape: [vector(x), 1],
    });
  const flatColumn = (x: Value): Value =>
    writer.node('Squeeze', [x, writer.constant([1])], { type: x.type, shape: [matrix(x)[0]] });

  return {
    presents: attention.presents,

    flatten: (x) => {
      const shape = [matrix(x).join('*')]; // [batch*tokens]
      return writer.node('Reshape', [x, writer.constant([-1])], { type: x.type, shape });
    },

    gather: (table, rows) =>
      writer.node('Gather', [table, rows], { shape: [vector(rows), matrix(table)[1]] }),

    add: pairwise('Add'),
    subtract: pairwise('Sub'),
    multiply: pairwise('Mul'),

    // On matrices ONNX Runtime turns MatMul and Add into this; on [batch, tokens, width] it does not,
    // at the same speed.
    linear: (x, weight, bias) =>
      writer.node('Gemm', [x, weight, bias], {
        name: layerOf(weight),
        shape: [matrix(x)[0], matrix(weight)[1]],
      }),

    project: (x, table) =>
      writer.node(
        'Gemm',
        [x, table],
        { shape: [matrix(x)[0], matrix(table)[0]] },
        { transB: int(1) },
      ),

    layerNorm: (x, weight, bias, epsilon) =>
      writer.node(
        'LayerNormalization',
        [x, weight, bias],
        { name: layerOf(weight), shape: x.shape },
        { axis: int(-1), epsilon: float(epsilon) },
      ),

    // com.microsoft's FastGelu is no faster, and this one is ONNX's own.
    gelu: (x) => writer.node('Gelu', [x], { shape: x.shape }, { approximate: string('tanh') }),

    selfAttention: attention.selfAttention,

    first: (x) => {
      const [start, end, axis] = [0, 1, 1].map((number) => writer.constant([number]));
      const shape = [matrix(x)[0], 1];
      return writer.node('Slice', [x, start!, end!, axis!], { type: x.type, shape });
    },

    // Not by Exp and ReduceSum: that sum depends, in its last bits, on where in memory a row begins.
    logSoftmax: (x) => writer.node('LogSoftmax', [x], { shape: x.shape }, { axis: int(-1) }),

    pick: (x, ids) => {
      const picked = writer.node(
        'GatherElements',
        [x, column(ids)],
        { shape: [vector(ids), 1] },
        { axis: int(1) },
      );
      return flatColumn(picked); // [n]
    },

    topK: (x, count) => {
      const shape: Shape = [matrix(x)[0], count];
      const made = [{ shape }, { type: 'int64', shape } as const];
      const inputs = [x, writer.constant([count])];
      const [scores, ids] = writer.nodes('TopK', inputs, made, { axis: int(-1) });
      return { scores: scores!, ids: ids! };
    },

    column,
    flat: flatColumn,
  };
}

/** A parameter's layer names what the layer makes: `h.0.ln_1.weight` -> `h.0.ln_1`. */
function layerOf(weight: Value): string {
  return weight.name.replace(/\.weight$/, '');
}
