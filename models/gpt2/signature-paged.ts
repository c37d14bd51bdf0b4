// The signature of a cache of blocks: the tokens of many sequences are packed one behind the other, and a
// table says which blocks hold what each sequence has so far. Each layer's pool of blocks is bound as
// input and output at once, so that attention appends in place.
//
//   tokens         a6   b0 b1 b2   c40           three sequences: two decode, b is a prompt
//   boundaries     0    1          4     5       cumulative_sequence_length
//   past_seqlens   6    0          40            what their blocks hold before the run
//   block_table    3 .  0 .        1 7           their blocks of, say, 32 tokens      .: never read
//   slot_mapping   102  0 1 2      232           where each token goes: block · blockSize + place

import type { LayoutPorts, Port, SignatureSizes } from './signature.ts';

export const keyPoolName = (layer: number) => `key_cache_${layer}`;
export const valuePoolName = (layer: number) => `value_cache_${layer}`;
export const nextKeyPoolName = (layer: number) => `key_cache_out_${layer}`;
export const nextValuePoolName = (layer: number) => `value_cache_out_${layer}`;

/** Numbers that attention sizes its work by. */
export const attentionMetadataLength = 3;

export function pagedPorts(sizes: SignatureSizes & { readonly blockSize: number }): LayoutPorts {
  const shape = ['blocks', sizes.blockSize, sizes.headCount, sizes.headSize] as const;
  const port = (name: string): Port => ({ name, type: sizes.cacheType, shape });
  return {
    tokens: [
      { name: 'input_ids', type: 'int64', shape: ['tokens'] },
      { name: 'position_ids', type: 'int64', shape: ['tokens'] },
      // Where each sequence's tokens begin, and where the last one's end: batch + 1 of them.
      { name: 'cumulative_sequence_length', type: 'int32', shape: ['boundaries'] },
      { name: 'past_seqlens', type: 'int32', shape: ['batch'] },
      { name: 'block_table', type: 'int32', shape: ['batch', 'table_width'] },
      { name: 'slot_mapping', type: 'int32', shape: ['tokens'] },
      // In the host's memory, wherever the graph is computed: the most tokens that a sequence has in
      // this run, the longest length after it, and a length that the longest one surely has.
      { name: 'attention_metadata', type: 'int32', shape: [attentionMetadataLength] },
    ],
    cache: Array.from({ length: sizes.layerCount }, (_, layer) => [
      { past: port(keyPoolName(layer)), present: port(nextKeyPoolName(layer)) },
      { past: port(valuePoolName(layer)), present: port(nextValuePoolName(layer)) },
    ]).flat(),
  };
}
