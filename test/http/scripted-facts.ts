// What a scripted engine says of itself.

import type { Gpt2Config } from '../../models/gpt2/config.ts';
import type { Manifest } from '../../models/manifest.ts';
import type { EngineFacts } from '../../src/engine/protocol.ts';

export type Words = Pick<Gpt2Config, 'vocabularySize' | 'bosTokenId' | 'eosTokenIds'> &
  Pick<Manifest, 'tokenizer'>;

export function factsOf(contextLength: number, candidateCount: number, words: Words): EngineFacts {
  const { vocabularySize, bosTokenId, eosTokenIds, tokenizer } = words;
  return {
    device: 'cpu',
    memory: null,
    warnings: [],
    cache: { layout: 'rows', unitCount: 4, unitTokens: contextLength, unitBytes: 1000 },
    loadMs: 250,
    manifest: {
      format: 'kvasir-artifact',
      signatureVersion: 1,
      config: {
        vocabularySize,
        contextLength,
        width: 64,
        layerCount: 2,
        headCount: 2,
        innerWidth: 256,
        activation: 'gelu_new',
        scalesAttention: true,
        dampsAttentionByLayer: false,
        layerNormEpsilon: 1e-5,
        headWeight: 'wte.weight',
        bosTokenId,
        eosTokenIds,
      },
      parameterCount: 1000,
      precision: 'fp32',
      cache: { precision: 'fp32', headSize: 32, layout: 'rows' },
      candidateCount,
      tokenizer,
      files: [],
    },
  };
}
