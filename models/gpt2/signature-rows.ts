// The signature of a cache of rows: each sequence owns one row, room for one whole context, whose memory
// is bound as input and output at once, so that attention appends in place.

import type { LayoutPorts, Port, SignatureSizes } from './signature.ts';

export const pastKeyName = (layer: number) => `past_key_${layer}`;
export const pastValueName = (layer: number) => `past_value_${layer}`;
export const presentKeyName = (layer: number) => `present_key_${layer}`;
export const presentValueName = (layer: number) => `present_value_${layer}`;

export function rowPorts(sizes: SignatureSizes): LayoutPorts {
  const shape = ['batch', sizes.headCount, sizes.contextLength, sizes.headSize] as const;
  const port = (name: string): Port => ({ name, type: sizes.cacheType, shape });
  return {
    tokens: [
      { name: 'input_ids', type: 'int64', shape: ['batch', 'tokens'] },
      { name: 'position_ids', type: 'int64', shape: ['batch', 'tokens'] },
      // Of each sequence, its length after this run, less one.
      { name: 'seqlens_k', type: 'int32', shape: ['batch'] },
      // The longest length after this run. Equal to `tokens` it means: these are first prompts,
      // whatever the cache holds is ignored.
      { name: 'total_sequence_length', type: 'int32', shape: [] },
    ],
    cache: Array.from({ length: sizes.layerCount }, (_, layer) => [
      { past: port(pastKeyName(layer)), present: port(presentKeyName(layer)) },
      { past: port(pastValueName(layer)), present: port(presentValueName(layer)) },
    ]).flat(),
  };
}
