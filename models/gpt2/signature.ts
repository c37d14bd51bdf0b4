// The contract between an exported graph and whoever runs it: names, element types and shapes.
// "Rows": each sequence owns one row of a cache whose memory is bound as input and output at once, so
// that attention appends in place.

/** Version 2 asks for normalizers apart; a cache's numbers are of the type that the manifest says. */
export const signatureVersion = 2;

export type ElementType = 'float32' | 'float16' | 'int32' | 'int64' | 'int8';

/** A number is a fixed size; a word names one that changes from run to run. */
export type Dimension = number | 'batch' | 'tokens' | 'rows' | 'normalizers';

export interface Port {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly Dimension[];
}

/** The sizes that fix a signature; an artifact's manifest states them. */
export interface SignatureSizes {
  readonly layerCount: number;
  readonly headCount: number;
  /** As the cache stores it: a multiple of 8, zero-padded where the checkpoint's is not. */
  readonly headSize: number;
  readonly contextLength: number;
  readonly cacheType: 'float32' | 'float16' | 'int8';
  readonly vocabularySize: number;
  readonly candidateCount: number;
}

export interface Signature {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

export const pastKeyName = (layer: number) => `past_key_${layer}`;
export const pastValueName = (layer: number) => `past_value_${layer}`;
export const presentKeyName = (layer: number) => `present_key_${layer}`;
export const presentValueName = (layer: number) => `present_value_${layer}`;

export function signature(sizes: SignatureSizes): Signature {
  const cacheShape = ['batch', sizes.headCount, sizes.contextLength, sizes.headSize] as const;
  const layers = Array.from({ length: sizes.layerCount }, (_, layer) => layer);
  const cache = (name: string): Port => ({ name, type: sizes.cacheType, shape: cacheShape });
  return {
    inputs: [
      { name: 'input_ids', type: 'int64', shape: ['batch', 'tokens'] },
      { name: 'position_ids', type: 'int64', shape: ['batch', 'tokens'] },
      // Of each sequence, its length after this run, less one.
      { name: 'seqlens_k', type: 'int32', shape: ['batch'] },
      // The longest length after this run. Equal to `tokens` it means: these are first prompts,
      // whatever the cache holds is ignored.
      { name: 'total_sequence_length', type: 'int32', shape: [] },
      // Positions in the flattened batch x tokens.
      { name: 'logits_rows', type: 'int64', shape: ['rows'] },
      { name: 'target_ids', type: 'int64', shape: ['rows'] },
      // Rows of the logits; a row may be asked for no normalizer, or for several.
      { name: 'normalizer_rows', type: 'int64', shape: ['normalizers'] },
      { name: 'inverse_temperature', type: 'float32', shape: ['normalizers'] },
      ...layers.flatMap((layer) => [cache(pastKeyName(layer)), cache(pastValueName(layer))]),
    ],
    outputs: [
      { name: 'logits', type: 'float32', shape: ['rows', sizes.vocabularySize] },
      { name: 'log_normalizer', type: 'float32', shape: ['normalizers'] },
      { name: 'target_scores', type: 'float32', shape: ['rows'] },
      { name: 'top_scores', type: 'float32', shape: ['rows', sizes.candidateCount] },
      { name: 'top_ids', type: 'int64', shape: ['rows', sizes.candidateCount] },
      ...layers.flatMap((layer) => [cache(presentKeyName(layer)), cache(presentValueName(layer))]),
    ],
  };
}
