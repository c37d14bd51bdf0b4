// The vocabulary over graph values: each word becomes the ONNX operators that compute it.
// Activations are matrices [n, width] with all tokens of all sequences below one another; only
// attention needs to know the sequences, and asks for [batch, tokens, width] itself.

import {
  pastKeyName,
  pastValueName,
  presentKeyName,
  presentValueName,
} from '../../models/gpt2/signature.ts';
import type { Ops } from '../../models/ops.ts';
import { float, int, type Shape, type Size, string, type Value } from './ir.ts';
import type { GraphWriter } from './writer.ts';

export interface GraphOps extends Ops<Value> {
  /** [batch, tokens] -> [batch*tokens]: how ids and positions enter the network. */
  flatten(ids: Value): Value;
  /** The caches that attention wrote, by the names of the signature. */
  readonly presents: ReadonlyMap<string, Value>;
}

export function graphOps(writer: GraphWriter): GraphOps {
  const ids = writer.input('input_ids'); // [batch, tokens]
  const [batch, tokens] = matrix(ids);
  const flat = `${batch}*${tokens}`;
  const presents = new Map<string, Value>();

  // The shape of a packed projection, put together once and shared by all layers.
  const packedShapes = new Map<number, Value>();
  const packedShape = (packed: number): Value => {
    let shape = packedShapes.get(packed);
    if (shape === undefined) {
      const idsShape = writer.node('Shape', [ids], { type: 'int64', shape: [2] });
      const parts = [idsShape, writer.constant([packed])];
      shape = writer.node('Concat', parts, { type: 'int64', shape: [3] }, { axis: int(0) });
      packedShapes.set(packed, shape);
    }
    return shape;
  };

  const same = (operator: string) => (x: Value) => writer.node(operator, [x], { shape: x.shape });
  const pairwise = (operator: string) => (a: Value, b: Value) =>
    writer.node(operator, [a, b], { shape: a.shape });
  const reduced = (operator: string) => (x: Value) =>
    writer.node(operator, [x, writer.constant([1])], { shape: [matrix(x)[0], 1] });
  const column = (x: Value): Value =>
    writer.node('Unsqueeze', [x, writer.constant([1])], {
      type: x.type,
      shape: [vector(x), 1],
    });
  const flatColumn = (x: Value): Value =>
    writer.node('Squeeze', [x, writer.constant([1])], { type: x.type, shape: [matrix(x)[0]] });

  return {
    presents,

    flatten: (x) =>
      writer.node('Reshape', [x, writer.constant([-1])], { type: x.type, shape: [flat] }),

    gather: (table, rows) =>
      writer.node('Gather', [table, rows], { shape: [vector(rows), matrix(table)[1]] }),

    add: pairwise('Add'),
    subtract: pairwise('Sub'),
    multiply: pairwise('Mul'),
    exp: same('Exp'),
    log: same('Log'),

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

    gelu: (x) => writer.node('Gelu', [x], { shape: x.shape }, { approximate: string('tanh') }),

    selfAttention: (qkv, { layer, headCount, scale }) => {
      const [n, packed] = matrix(qkv);
      const width = fixed(packed) / 3;
      const past = [pastKeyName(layer), pastValueName(layer)].map((name) => writer.input(name));
      const [key, value] = past as [Value, Value];
      const split = writer.node('Reshape', [qkv, packedShape(fixed(packed))], {
        shape: [batch, tokens, packed],
      });
      const lengths = ['seqlens_k', 'total_sequence_length'].map((name) => writer.input(name));
      const [attended, presentKey, presentValue] = writer.nodes(
        'GroupQueryAttention',
        [split, null, null, key, value, ...lengths],
        [
          { shape: [batch, tokens, width] },
          { name: presentKeyName(layer), shape: key.shape },
          { name: presentValueName(layer), shape: value.shape },
        ],
        {
          num_heads: int(headCount),
          kv_num_heads: int(headCount),
          do_rotary: int(0),
          scale: float(scale),
        },
        'com.microsoft',
      );
      presents.set(presentKeyName(layer), presentKey!);
      presents.set(presentValueName(layer), presentValue!);
      return writer.node('Reshape', [attended!, writer.constant([-1, width])], {
        shape: [n, width],
      });
    },

    rowMax: reduced('ReduceMax'),
    rowSum: reduced('ReduceSum'),

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

function vector(x: Value): Size {
  if (x.shape.length !== 1) throw new Error(`${x.name} is no vector: [${x.shape.join(', ')}]`);
  return x.shape[0]!;
}

function matrix(x: Value): readonly [rows: Size, columns: Size] {
  if (x.shape.length !== 2) throw new Error(`${x.name} is no matrix: [${x.shape.join(', ')}]`);
  return [x.shape[0]!, x.shape[1]!];
}

function fixed(size: Size): number {
  if (typeof size !== 'number') throw new Error(`${size} must be known when the graph is built`);
  return size;
}
