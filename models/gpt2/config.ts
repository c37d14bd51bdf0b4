// The shape of a GPT-2: the four published sizes, and any config.json of the family.
// A config that was accepted here describes a model that gpt2.ts computes exactly; flags that would
// change the arithmetic are refused by name, those that only concern training are not looked at.

import { CheckpointError } from '../errors.ts';
import { Fields } from '../fields.ts';

export interface Gpt2Config {
  readonly vocabularySize: number;
  readonly contextLength: number;
  readonly width: number;
  readonly layerCount: number;
  readonly headCount: number;
  /** Width of the hidden layer in each block's mlp. */
  readonly innerWidth: number;
  readonly layerNormEpsilon: number;
  /** The tensor that turns the last hidden state into logits: `wte.weight` when tied. */
  readonly headWeight: 'wte.weight' | 'lm_head.weight';
  readonly bosTokenId: number;
  readonly eosTokenId: number;
}

/** `<|endoftext|>` of the published vocabulary: it begins, ends and separates texts. */
const endOfText = 50256;

/** Named as OpenAI's folders are; the paper calls them 117M, 345M, 762M and 1542M. */
export const publishedSizes = {
  '124M': published({ width: 768, layerCount: 12, headCount: 12 }),
  '355M': published({ width: 1024, layerCount: 24, headCount: 16 }),
  '774M': published({ width: 1280, layerCount: 36, headCount: 20 }),
  '1558M': published({ width: 1600, layerCount: 48, headCount: 25 }),
} as const satisfies Record<string, Gpt2Config>;

export type PublishedSize = keyof typeof publishedSizes;

function published(size: Pick<Gpt2Config, 'width' | 'layerCount' | 'headCount'>): Gpt2Config {
  return {
    vocabularySize: 50257,
    contextLength: 1024,
    ...size,
    innerWidth: 4 * size.width,
    layerNormEpsilon: 1e-5,
    headWeight: 'wte.weight',
    bosTokenId: endOfText,
    eosTokenId: endOfText,
  };
}

const anySize = { least: 1, most: 2 ** 24 };

export function parseConfig(json: unknown): Gpt2Config {
  const fields = new Fields('config.json', json, (message) => new CheckpointError(message));
  fields.oneOf('model_type', ['gpt2']);
  fields.oneOf('activation_function', ['gelu_new'], 'gelu_new');
  fields.oneOf('scale_attn_weights', [true], true);
  fields.oneOf('scale_attn_by_inverse_layer_idx', [false], false);
  fields.oneOf('reorder_and_upcast_attn', [false], false);
  fields.oneOf('add_cross_attention', [false], false);

  const width = fields.wholeNumber('n_embd', anySize);
  const headCount = fields.wholeNumber('n_head', anySize);
  if (width % headCount !== 0) throw fields.refuse('n_head', `a divisor of n_embd, ${width}`);

  const vocabularySize = fields.wholeNumber('vocab_size', anySize);
  const tokenId = (name: string) =>
    fields.wholeNumber(name, { least: 0, most: vocabularySize - 1 }, endOfText);

  // Files of 2019 say n_ctx; later ones say both, and mean n_positions.
  const context = fields.has('n_positions') ? 'n_positions' : 'n_ctx';

  return {
    vocabularySize,
    contextLength: fields.wholeNumber(context, { ...anySize, least: 4 }),
    width,
    layerCount: fields.wholeNumber('n_layer', { least: 1, most: 1024 }),
    headCount,
    innerWidth: fields.wholeNumber('n_inner', anySize, 4 * width),
    layerNormEpsilon: fields.numberBetween('layer_norm_epsilon', { least: 0, most: 1 }, 1e-5),
    headWeight: fields.oneOf('tie_word_embeddings', [true, false], true)
      ? 'wte.weight'
      : 'lm_head.weight',
    bosTokenId: tokenId('bos_token_id'),
    eosTokenId: tokenId('eos_token_id'),
  };
}

/** The config.json that `parseConfig` reads back as the same config. */
export function configJson(config: Gpt2Config): Record<string, unknown> {
  return {
    model_type: 'gpt2',
    architectures: ['GPT2LMHeadModel'],
    vocab_size: config.vocabularySize,
    n_positions: config.contextLength,
    n_ctx: config.contextLength,
    n_embd: config.width,
    n_layer: config.layerCount,
    n_head: config.headCount,
    n_inner: config.innerWidth,
    activation_function: 'gelu_new',
    layer_norm_epsilon: config.layerNormEpsilon,
    tie_word_embeddings: config.headWeight === 'wte.weight',
    bos_token_id: config.bosTokenId,
    eos_token_id: config.eosTokenId,
  };
}
