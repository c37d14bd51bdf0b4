// The shape of a GPT-2: the four published sizes, and any config.json of the family.
// A config that was accepted here describes a model that gpt2.ts computes exactly; flags that would
// change the arithmetic are refused by name, those that only concern training are not looked at.

import { CheckpointError } from '../errors.ts';
import { Fields } from '../fields.ts';
import type { Activation } from '../ops.ts';

export interface Gpt2Config {
  readonly vocabularySize: number;
  readonly contextLength: number;
  readonly width: number;
  readonly layerCount: number;
  readonly headCount: number;
  /** Width of the hidden layer in each block's mlp. */
  readonly innerWidth: number;
  readonly activation: Activation;
  /** Whether query-key products are divided by the root of the head size. */
  readonly scalesAttention: boolean;
  /** Whether they are divided by the number of their layer, counted from 1, as well. */
  readonly dampsAttentionByLayer: boolean;
  readonly layerNormEpsilon: number;
  /** The tensor that turns the last hidden state into logits: `wte.weight` when tied. */
  readonly headWeight: 'wte.weight' | 'lm_head.weight';
  /** Begins a text that has nothing else to begin with; null where the model names none. */
  readonly bosTokenId: number | null;
  /** Each of them ends a text; there may be none. */
  readonly eosTokenIds: readonly number[];
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
    activation: 'gelu_new',
    scalesAttention: true,
    dampsAttentionByLayer: false,
    layerNormEpsilon: 1e-5,
    headWeight: 'wte.weight',
    bosTokenId: endOfText,
    eosTokenIds: [endOfText],
  };
}

const anySize = { least: 1, most: 2 ** 24 };

/** Some functions have several names in Hugging Face's libraries. */
const activationNames: Readonly<Record<string, Activation>> = {
  gelu_new: 'gelu_new',
  gelu_pytorch_tanh: 'gelu_new',
  gelu_python_tanh: 'gelu_new',
  gelu_accurate: 'gelu_new',
  gelu_fast: 'gelu_new', // its constant is √(2/π) to ten digits
  gelu: 'gelu',
  gelu_python: 'gelu',
  relu: 'relu',
};

/**
 * `generation`: what generation_config.json has, which knows better than config.json where a text ends
 * and begins; an empty object where there is none.
 */
export function parseConfig(json: unknown, generation: unknown = {}): Gpt2Config {
  const fields = new Fields('config.json', json, fail);
  requireGpt2(fields);
  const activation = fields.oneOf('activation_function', Object.keys(activationNames), 'gelu_new');

  const width = fields.wholeNumber('n_embd', anySize);
  const headCount = fields.wholeNumber('n_head', anySize);
  if (width % headCount !== 0) throw fields.refuse('n_head', `a divisor of n_embd, ${width}`);

  const vocabularySize = fields.wholeNumber('vocab_size', anySize);
  const ofGeneration = new Fields('generation_config.json', generation, fail);
  const tokenIds = (name: string) =>
    namedTokens(ofGeneration.has(name) ? ofGeneration : fields, name, vocabularySize);

  // Files of 2019 say n_ctx; later ones say both, and mean n_positions.
  const context = fields.has('n_positions') ? 'n_positions' : 'n_ctx';

  return {
    vocabularySize,
    contextLength: fields.wholeNumber(context, { ...anySize, least: 4 }),
    width,
    layerCount: fields.wholeNumber('n_layer', { least: 1, most: 1024 }),
    headCount,
    innerWidth: fields.wholeNumber('n_inner', anySize, 4 * width),
    activation: activationNames[activation]!,
    scalesAttention: fields.oneOf('scale_attn_weights', [true, false], true),
    dampsAttentionByLayer: fields.oneOf('scale_attn_by_inverse_layer_idx', [true, false], false),
    layerNormEpsilon: fields.numberBetween('layer_norm_epsilon', { least: 0, most: 1 }, 1e-5),
    headWeight: fields.oneOf('tie_word_embeddings', [true, false], true)
      ? 'wte.weight'
      : 'lm_head.weight',
    bosTokenId: tokenIds('bos_token_id')[0] ?? null,
    eosTokenIds: tokenIds('eos_token_id'),
  };
}

const fail = (message: string) => new CheckpointError(message);

/** Throws for what would make another network of it. */
function requireGpt2(fields: Fields): void {
  // Files of 2019 name no type, but the class that reads them.
  const isOld = !fields.has('model_type') && fields.listed('architectures', /^GPT2[A-Z]/);
  if (!isOld) fields.oneOf('model_type', ['gpt2']);
  fields.oneOf('add_cross_attention', [false], false);
  // Where training in float16 divides and widens; the same numbers but for its rounding.
  fields.oneOf('reorder_and_upcast_attn', [true, false], false);
  if (fields.has('quantization_config')) {
    throw fields.refuse('quantization_config', 'none: weights as they were trained');
  }
}

/**
 * Without a word it is the published end of text, which files of other vocabularies name as well
 * because their writer did not: there it stands for none.
 */
function namedTokens(fields: Fields, name: string, vocabularySize: number): readonly number[] {
  const most = Math.max(vocabularySize - 1, endOfText);
  const ids = fields.wholeNumbers(name, { least: 0, most }, [endOfText]);
  const beyond = ids.find((id) => id >= vocabularySize && id !== endOfText);
  if (beyond !== undefined) throw fields.refuse(name, `token ids from 0 to ${vocabularySize - 1}`);
  return [...new Set(ids)].filter((id) => id < vocabularySize);
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
    activation_function: config.activation,
    scale_attn_weights: config.scalesAttention,
    scale_attn_by_inverse_layer_idx: config.dampsAttentionByLayer,
    layer_norm_epsilon: config.layerNormEpsilon,
    tie_word_embeddings: config.headWeight === 'wte.weight',
    bos_token_id: config.bosTokenId ?? [],
    eos_token_id: config.eosTokenIds.length === 1 ? config.eosTokenIds[0] : config.eosTokenIds,
  };
}
