// The vocabulary over graph values: each word becomes the ONNX operators that compute it.
// Activations are matrices [n, width] with all tokens of all sequences below one another; only
// attention needs to know the sequences, and asks for [batch, tokens, width] itself. (In fp16 they
// are [batch, tokens, width] throughout.)

import type { Precision } from '../../models/manifest.ts';
import type { Activation, Ops } from '../../models/ops.ts';
import { type AttentionOps, attentionOps, type CacheScales } from './attention.ts';
import { fp16Words } from './fp16.ts';
import { int4Words } from './int4.ts';
import { int8Words } from './int8.ts';
import {
  type Attributes,
  float,
  int,
  matrix,
  type Shape,
  string,
  type Value,
  vector,
} from './ir.ts';
import { pagedAttentionOps } from './paged-attention.ts';
import type { GraphWriter } from './writer.ts';

export interface GraphOps extends Ops<Value> {
  /** How ids and positions enter the network: as a vector of all tokens, or as they are. */
  enter(ids: Value): Value;
  /** The caches that attention wrote, by the names of the signature. */
  readonly presents: ReadonlyMap<string, Value>;
}

/** What the graph is made of beside the network itself. */
export interface Formats {
  readonly weights: Precision;
  /** The tables with a row for every token; lookup and head share one. */
  readonly vocabularyTables: ReadonlySet<string>;
  /** That of them which logits are the product with. */
  readonly headTable: string;
  /** Of an int8 cache; null where it keeps what attention computes with. */
  readonly cacheScales: CacheScales | null;
  /** Whether the cache has blocks, and tokens are packed; else it has rows. */
  readonly isPaged: boolean;
}

export function graphOps(writer: GraphWriter, formats: Formats): GraphOps {
  const attention = formats.isPaged
    ? pagedAttentionOps(writer)
    : attentionOps(writer, formats.cacheScales);
  const words = floatOps(writer, attention);
  const { weights, vocabularyTables } = formats;
  switch (weights) {
    case 'fp32':
      return words;
    case 'fp16':
      return { ...words, ...fp16Words(writer, words, formats.headTable) };
    case 'int8':
      return { ...words, ...int8Words(writer, words, vocabularyTables) };
    case 'int4':
      return { ...words, ...int4Words(writer, int8Words(writer, words, vocabularyTables)) };
  }
}

function floatOps(writer: GraphWriter, attention: AttentionOps): GraphOps {
  const pairwise = (operator: string) => (a: Value, b: Value) =>
    writer.node(operator, [a, b], { type: a.type, shape: a.shape });
  const column = (x: Value): Value =>
    writer.node('Unsqueeze', [x, writer.constant([1])], {
      type: x.type,
      shape: [vector(x), 1],
    });
  const flatColumn = (x: Value): Value =>
    writer.node('Squeeze', [x, writer.constant([1])], { type: x.type, shape: [matrix(x)[0]] });

  const first = (x: Value): Value => {
    const [start, end, axis] = [0, 1, -1].map((number) => writer.constant([number]));
    return writer.node('Slice', [x, start!, end!, axis!], { shape: [...x.shape.slice(0, -1), 1] });
  };
  /** Along the last axis: [..., entries] -> [..., 1]. */
  const normalizer = (x: Value): Value => {
    const normalized = writer.node('LogSoftmax', [x], { shape: x.shape }, { axis: int(-1) });
    return pairwise('Sub')(first(x), first(normalized));
  };

  return {
    presents: attention.presents,

    enter: (x) => {
      if (x.shape.length === 1) return x;
      const shape = [matrix(x).join('*')]; // [batch*tokens]
      return writer.node('Reshape', [x, writer.constant([-1])], { type: x.type, shape });
    },

    gather: (table, rows) =>
      writer.node('Gather', [table, rows], {
        type: table.type,
        shape: [...rows.shape, matrix(table)[1]],
      }),

    add: pairwise('Add'),
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
        { type: x.type, shape: [matrix(x)[0], matrix(table)[0]] },
        { transB: int(1) },
      ),

    layerNorm: (x, weight, bias, epsilon) =>
      writer.node(
        'LayerNormalization',
        [x, weight, bias],
        { name: layerOf(weight), type: x.type, shape: x.shape },
        { axis: int(-1), epsilon: float(epsilon) },
      ),

    activate: (x, activation) => {
      const [operator, attributes] = activationOperators[activation];
      return writer.node(operator, [x], { type: x.type, shape: x.shape }, attributes);
    },

    selfAttention: attention.selfAttention,

    // LogSoftmax takes the normalizer off every entry, so the first one tells it. (Not by Exp and
    // ReduceSum: that sum depends, in its last bits, on where in memory a row begins.) A long row is
    // taken in pieces, and then their normalizers: one float32 sum of so many would be off by 1e-5.
    logSumExp: (x) => {
      const [rows, columns] = matrix(x);
      const pieces = pieceCount(Number(columns));
      if (pieces === 1) return flatColumn(normalizer(x));
      const length = Number(columns) / pieces;
      const split = writer.node('Reshape', [x, writer.constant([-1, pieces, length])], {
        shape: [rows, pieces, length],
      });
      const parts = writer.node('Reshape', [normalizer(split), writer.constant([-1, pieces])], {
        shape: [rows, pieces],
      });
      return flatColumn(normalizer(parts)); // [rows]
    },

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
  };
}

/** com.microsoft's FastGelu is no faster, and Gelu is ONNX's own. */
const activationOperators: Readonly<Record<Activation, readonly [string, Attributes]>> = {
  gelu_new: ['Gelu', { approximate: string('tanh') }],
  gelu: ['Gelu', { approximate: string('none') }],
  relu: ['Relu', {}],
};

/** A parameter's layer names what the layer makes: `h.0.ln_1.weight` -> `h.0.ln_1`. */
export function layerOf(weight: Value): string {
  return weight.name.replace(/\.weight(\.\w+)?$/, '');
}

/** The divisor of a row's length that is nearest below its square root: 29 for 50,257. */
function pieceCount(length: number): number {
  let best = 1;
  for (let divisor = 2; divisor * divisor <= length; divisor++) {
    if (length % divisor === 0) best = divisor;
  }
  return best;
}
