// Self-attention over packed tokens: ONNX Runtime's PagedAttention with queries, keys and values packed, as
// many key heads as query heads, and no rotation of its own. Each token's key and value go where its slot
// says, and it attends over what the blocks of its sequence hold up to itself.
//
//   [tokens, 3 · width] -> attention -> [tokens, width]

import {
  keyPoolName,
  nextKeyPoolName,
  nextValuePoolName,
  valuePoolName,
} from '../../models/gpt2/signature-paged.ts';
import type { AttentionShape } from '../../models/ops.ts';
import type { AttentionOps } from './attention.ts';
import { float, int, matrix, type Value } from './ir.ts';
import type { GraphWriter } from './writer.ts';

export function pagedAttentionOps(writer: GraphWriter): AttentionOps {
  const presents = new Map<string, Value>();

  const selfAttention = (qkv: Value, { layer, headCount, scale }: AttentionShape): Value => {
    const [tokens, packed] = matrix(qkv); // 3 · width, heads padded
    const { type } = qkv;
    const keys = writer.input(keyPoolName(layer)); // [blocks, blockSize, heads, headSize]
    const values = writer.input(valuePoolName(layer)); // [blocks, blockSize, heads, headSize]
    const [attended, nextKeys, nextValues] = writer.nodes(
      'PagedAttention',
      [
        qkv,
        ...[null, null], // keys and values of their own: they are packed
        keys,
        values,
        writer.input('cumulative_sequence_length'),
        writer.input('past_seqlens'),
        writer.input('block_table'),
        ...[null, null], // a rotation's two tables
        writer.input('slot_mapping'),
        ...[null, null, null], // a sink, and what queries and keys are normalized with
        ...[null, null], // the scales of a quantized cache
        writer.input('attention_metadata'),
      ],
      [
        { type, shape: [tokens, Number(packed) / 3] },
        { name: nextKeyPoolName(layer), type: keys.type, shape: keys.shape },
        { name: nextValuePoolName(layer), type: values.type, shape: values.shape },
      ],
      { num_heads: int(headCount), kv_num_heads: int(headCount), scale: float(scale) },
      'com.microsoft',
    );
    presents.set(nextKeyPoolName(layer), nextKeys!);
    presents.set(nextValuePoolName(layer), nextValues!);
    return attended!;
  };

  return { selfAttention, presents };
}
