// Self-attention over graph values: ONNX Runtime's GroupQueryAttention with queries, keys and values
// packed, as many key heads as query heads, and no rotation of its own. It appends to the cache it is
// given and attends over the result; where past and present are the same memory, in place.
//
//   [batch*tokens, 3 · width] -> [batch, tokens, 3 · width] -> attention -> [batch*tokens, width]
//
// Where activations have three axes already, so has what it gives.

import {
  pastKeyName,
  pastValueName,
  presentKeyName,
  presentValueName,
} from '../../models/gpt2/signature-rows.ts';
import type { AttentionShape } from '../../models/ops.ts';
import { float, int, matrix, type Shape, string, type Value } from './ir.ts';
import type { GraphWriter } from './writer.ts';

/** What one unit of an int8 cache stands for, by layer and channel. */
export interface CacheScales {
  readonly keys: readonly Float32Array<ArrayBuffer>[]; // of each layer: [heads · headSize]
  readonly values: readonly Float32Array<ArrayBuffer>[]; // of each layer: [heads · headSize]
}

export interface AttentionOps {
  selfAttention(qkv: Value, shape: AttentionShape): Value;
  /** The caches written so far, by the names of the signature. */
  readonly presents: ReadonlyMap<string, Value>;
}

export function attentionOps(writer: GraphWriter, scales: CacheScales | null): AttentionOps {
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

  /** The operator's last inputs, and the attributes that announce them. */
  const quantization = (layer: number, headCount: number, cacheShape: Shape) => {
    if (scales === null) return { inputs: [], attributes: {} };
    const shape = [1, headCount, 1, cacheShape[3]!]; // [1, heads, 1, headSize]
    const scale = (what: string, data: Float32Array<ArrayBuffer>) =>
      writer.stored(`h.${layer}.attn.${what}_scale`, shape, data);
    return {
      // Not given: a rotation's two caches, positions, a bias and a sink.
      inputs: [
        ...[null, null, null, null, null],
        scale('key', scales.keys[layer]!),
        scale('value', scales.values[layer]!),
      ],
      attributes: {
        k_quant_type: string('PER_CHANNEL'),
        v_quant_type: string('PER_CHANNEL'),
        kv_cache_bit_width: int(8),
      },
    };
  };

  const selfAttention = (qkv: Value, { layer, headCount, scale }: AttentionShape): Value => {
    const packed = Number(qkv.shape.at(-1)); // 3 · width, heads padded
    const width = packed / 3;
    const isFlat = qkv.shape.length === 2;
    const { type } = qkv;
    const pastKey = writer.input(pastKeyName(layer)); // [batch, heads, context, headSize]
    const pastValue = writer.input(pastValueName(layer)); // [batch, heads, context, headSize]
    const cache = quantization(layer, headCount, pastKey.shape);
    const shape = [batch, tokens, packed];
    const sequences = isFlat
      ? writer.node('Reshape', [qkv, perSequence(packed)], { type, shape })
      : qkv;
    const [attended, presentKey, presentValue] = writer.nodes(
      'GroupQueryAttention',
      [
        sequences,
        ...[null, null], // keys and values of their own: they are packed
        pastKey,
        pastValue,
        writer.input('seqlens_k'),
        writer.input('total_sequence_length'),
        ...cache.inputs,
      ],
      [
        { type, shape: [batch, tokens, width] },
        { name: presentKeyName(layer), type: pastKey.type, shape: pastKey.shape },
        { name: presentValueName(layer), type: pastValue.type, shape: pastValue.shape },
      ],
      {
        num_heads: int(headCount),
        kv_num_heads: int(headCount),
        do_rotary: int(0),
        scale: float(scale),
        ...cache.attributes,
      },
      'com.microsoft',
    );
    presents.set(presentKeyName(layer), presentKey!);
    presents.set(presentValueName(layer), presentValue!);
    if (!isFlat) return attended!;
    const flat = [qkv.shape[0]!, width];
    return writer.node('Reshape', [attended!, writer.constant([-1, width])], { type, shape: flat });
  };

  return { selfAttention, presents };
}
