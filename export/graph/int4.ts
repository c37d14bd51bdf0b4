// The words that read weights, over weights in 4 bits: ONNX Runtime's MatMulNBits, at its accuracy
// level 4, makes whole numbers of the rows of x, too.
//
//   x [n, in] ─► blocks of 32: |x| largest / 127 = scale [n, blocks] ─► x / scale, rounded
//     Σ blocks (int8 · (uint4 - zero) -> int32) · scale of the row's block · scale of the weights' block
//
// Every block of every row has a scale of its own: a token's numbers depend on no other token's. With
// blocks of 32 the products have, for one row and for many, the same bits; with longer ones, and at the
// levels that multiply in float32, they have not.
//
// The table of the vocabulary stays in int8, for lookup and head: it is what 4 bits cost most.

import { blockLength, type Int4Weights, int4Weights } from '../quantize/int4.ts';
import type { Int8Words } from './int8.ts';
import { int, matrix, type Value } from './ir.ts';
import type { GraphWriter } from './writer.ts';

const int8Activations = 4;

/** `words`: those over int8, which read the tables. */
export function int4Words(writer: GraphWriter, words: Int8Words): Int8Words {
  const packed = new LatestWeights();
  return {
    ...words,
    linear: (x, weight, bias) => {
      const [depth, outputs] = matrix(weight).map(Number) as [number, number];
      const blocks = Math.ceil(depth / blockLength);
      const made = (data: Float32Array) => packed.of(weight, data, outputs);
      const units = writer.derived(
        weight,
        'int4',
        { type: 'uint8', shape: [outputs, blocks, blockLength / 2] },
        (data) => made(data).units,
      );
      const scales = writer.derived(
        weight,
        'scale',
        { type: 'float32', shape: [outputs, blocks] },
        (data) => made(data).scales,
      );
      const zeros = writer.derived(
        weight,
        'zero',
        { type: 'uint8', shape: [outputs, Math.ceil(blocks / 2)] },
        (data) => made(data).zeros,
      );
      return writer.node(
        'MatMulNBits',
        [x, units, scales, zeros, null, bias], // no order of its own
        { shape: [matrix(x)[0], outputs] },
        {
          K: int(depth),
          N: int(outputs),
          bits: int(4),
          block_size: int(blockLength),
          accuracy_level: int(int8Activations),
        },
        'com.microsoft',
      );
    },
  };
}

/** The three things made of one tensor are written one behind the other: made once, kept until then. */
class LatestWeights {
  #of: Value | null = null;
  #made: Int4Weights | null = null;

  of(weight: Value, data: Float32Array, outputs: number): Int4Weights {
    if (this.#of !== weight || this.#made === null) {
      this.#of = weight;
      this.#made = int4Weights(data, outputs);
    }
    return this.#made;
  }
}
