// Self-attention over graph values: ONNX Runtime's GroupQueryAttention with queries, keys and values
// packed, as many key heads as query heads, and no rotation of its own. It appends to the cache it is
// given and attends over the result; where past and present are the same memory, in place.
//
//   [batch*tokens, 3 · width] -> [batch, tokens, 3 · width] -> attention -> [batch*tokens, width]

import {
  pastKeyName,
  pastValueName,
  presentKeyName,
  presentValueName,
} from '../../models/gpt2/signature.ts';
import type { AttentionShape } from '../../models/ops.ts';
import { float, int, matrix, type Value } from './ir.ts';
import type { GraphWriter } from './writer.ts';

export interface AttentionOps {
  selfAttention(qkv: Value, shape: AttentionShape): Value;
  /** The caches written so far, by the names of the signature. */
  readonly presents: ReadonlyMap<string, Value>;
}

export function attentionOps(writer: GraphWriter): AttentionOps {
  const ids = writer.input('input_ids');
  const [batch, tokens] = matrix(ids);
  const presents = new Map<string, Value>();

  // What all layers are reshaped to, put together once.
  let packedShape: Value | null = null;
  const perSequence = (packed: number): Value => {
    if (packedShape === null) {
      const idsShape = writer.node('Shape', [ids], { type: 'int64', shape: [2] });
      const parts = [idsShape, writer.constant([packed])];
      packedShape = writer.node('Concat', parts, { type: 'int64', shape: [3] }, { axis: int(0) });
    }
    return packedShape;
  };

  const selfAttention = (qkv: Value, { layer, headCount, scale }: AttentionShape): Value => {
    const [n, columns] = matrix(qkv);
    const packed = Number(columns); // 3 · width, heads padded
    const width = packed / 3;
    const pastKey = writer.input(pastKeyName(layer)); // [batch, heads, context, headSize]
    const pastValue = writer.input(pastValueName(layer)); // [batch, heads, context, headSize]
    const sequences = writer.node('Reshape', [qkv, perSequence(packed)], {
      shape: [batch, tokens, packed],
    });
    const [attended, presentKey, presentValue] = writer.nodes(
      'GroupQueryAttention',
      [
        sequences,
        ...[null, null], // keys and values of their own: they are packed
        pastKey,
        pastValue,
        writer.input('seqlens_k'),
        writer.input('total_sequence_length'),
      ],
      [
        { shape: [batch, tokens, width] },
        { name: presentKeyName(layer), shape: pastKey.shape },
        { name: presentValueName(layer), shape: pastValue.shape },
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
    return writer.node('Reshape', [attended!, writer.constant([-1, width])], { shape: [n, width] });
  };

  return { selfAttention, presents };
}
