import { expect, test } from 'vitest';
import { CheckpointError } from '../../models/errors.ts';
import { configJson, parseConfig, publishedSizes } from '../../models/gpt2/config.ts';
import { parameterCount } from '../../models/gpt2/weights.ts';

/** As published for the 124M model, less what only concerns training. */
const published = {
  activation_function: 'gelu_new',
  architectures: ['GPT2LMHeadModel'],
  bos_token_id: 50256,
  eos_token_id: 50256,
  layer_norm_epsilon: 1e-5,
  model_type: 'gpt2',
  n_ctx: 1024,
  n_embd: 768,
  n_head: 12,
  n_layer: 12,
  n_positions: 1024,
  summary_type: 'cls_index',
  vocab_size: 50257,
};

test('the published config is the published size', () => {
  expect(parseConfig(published)).toEqual(publishedSizes['124M']);
});

test('the published sizes have the published parameter counts', () => {
  const counts = Object.values(publishedSizes).map(parameterCount);
  expect(counts).toEqual([124_439_808, 354_823_168, 774_030_080, 1_557_611_200]);
});

test.each(Object.entries(publishedSizes))('%s survives being written and read', (_, config) => {
  expect(parseConfig(configJson(config))).toEqual(config);
  const untied = { ...config, headWeight: 'lm_head.weight', innerWidth: 100 } as const;
  expect(parseConfig(configJson(untied))).toEqual(untied);
});

test('a file of 2019 that only says n_ctx is understood', () => {
  const { n_positions: _, ...old } = { ...published, n_ctx: 512 };
  expect(parseConfig(old).contextLength).toBe(512);
});

test('where n_ctx and n_positions differ, n_positions is the context', () => {
  expect(parseConfig({ ...published, n_ctx: 99 }).contextLength).toBe(1024);
});

test('null stands for the default', () => {
  const config = parseConfig({ ...published, n_inner: null, eos_token_id: null });
  expect(config.innerWidth).toBe(3072);
  expect(config.eosTokenIds).toEqual([50256]);
});

test('what later checkpoints may change is read', () => {
  const config = parseConfig({
    ...published,
    activation_function: 'relu',
    scale_attn_weights: false,
    scale_attn_by_inverse_layer_idx: true,
    reorder_and_upcast_attn: true,
  });
  expect(config).toEqual({
    ...publishedSizes['124M'],
    activation: 'relu',
    scalesAttention: false,
    dampsAttentionByLayer: true,
  });
  expect(parseConfig(configJson(config))).toEqual(config);
});

test.each([
  ['gelu_new', 'gelu_new'],
  ['gelu_pytorch_tanh', 'gelu_new'],
  ['gelu_fast', 'gelu_new'],
  ['gelu', 'gelu'],
  ['relu', 'relu'],
])('the activation %s is %s', (name, activation) => {
  expect(parseConfig({ ...published, activation_function: name }).activation).toBe(activation);
});

test('a file of 2019 that names its class and no type is understood', () => {
  const { model_type: _, ...old } = published;
  expect(parseConfig(old)).toEqual(publishedSizes['124M']);
});

test('a text may end with one of several tokens, or with none', () => {
  const ends = (json: object) => parseConfig({ ...published, ...json }).eosTokenIds;
  expect(ends({ eos_token_id: [7, 50256, 7] })).toEqual([7, 50256]);
  expect(ends({ vocab_size: 1000, bos_token_id: 1 })).toEqual([]);
  expect(ends({ vocab_size: 1000, eos_token_id: 50256 })).toEqual([]);
  const config = parseConfig({ ...published, vocab_size: 1000 });
  expect(config.bosTokenId).toBe(null);
  expect(parseConfig(configJson({ ...config, vocabularySize: 60_000 })).eosTokenIds).toEqual([]);
});

test('generation_config.json knows better where a text begins and ends', () => {
  const config = parseConfig(published, { eos_token_id: [3, 4] });
  expect(config.eosTokenIds).toEqual([3, 4]);
  expect(config.bosTokenId).toBe(50256);
  expect(() => parseConfig(published, { eos_token_id: -1 })).toThrow(
    'generation_config.json: eos_token_id is -1',
  );
});

test.each([
  ['model_type', 'llama', 'model_type is "llama"; supported: "gpt2"'],
  ['model_type', 'gpt_neo', 'model_type is "gpt_neo"; supported: "gpt2"'],
  ['model_type', 'gpt_bigcode', 'model_type is "gpt_bigcode"; supported: "gpt2"'],
  ['activation_function', 'silu', 'activation_function is "silu"; supported: "gelu_new" or "gelu_'],
  ['activation_function', 'quick_gelu', 'activation_function is "quick_gelu"; supported: '],
  ['scale_attn_weights', 1, 'scale_attn_weights is 1; supported: true or false'],
  ['scale_attn_by_inverse_layer_idx', 'x', 'layer_idx is "x"; supported: true or false'],
  ['quantization_config', { bits: 4 }, 'quantization_config is {"bits":4}; supported: none'],
  ['add_cross_attention', true, 'add_cross_attention is true; supported: false'],
  ['tie_word_embeddings', 'yes', 'tie_word_embeddings is "yes"; supported: true or false'],
  ['n_embd', undefined, 'n_embd is missing; supported: a whole number from 1 to 16777216'],
  ['n_embd', 768.5, 'n_embd is 768.5; supported: a whole number'],
  ['n_embd', '768', 'n_embd is "768"; supported: a whole number'],
  ['n_head', 7, 'n_head is 7; supported: a divisor of n_embd, 768'],
  ['n_layer', 0, 'n_layer is 0; supported: a whole number from 1 to 1024'],
  ['n_layer', 1e9, 'n_layer is 1000000000; supported: a whole number from 1 to 1024'],
  ['n_positions', 3, 'n_positions is 3; supported: a whole number from 4'],
  ['n_inner', -1, 'n_inner is -1; supported: a whole number from 1'],
  ['layer_norm_epsilon', 0, 'layer_norm_epsilon is 0; supported: a number above 0 and below 1'],
  ['eos_token_id', 50257, 'eos_token_id is 50257; supported: a whole number from 0 to 50256'],
  ['eos_token_id', ['a'], 'eos_token_id is ["a"]; supported: whole numbers from 0 to 50256'],
  ['bos_token_id', -1, 'bos_token_id is -1; supported: a whole number from 0 to 50256'],
])('%s: %j is refused by name', (field, value, message) => {
  const json = { ...published, [field]: value };
  expect(() => parseConfig(json)).toThrow(CheckpointError);
  expect(() => parseConfig(json)).toThrow(`config.json: `);
  expect(() => parseConfig(json)).toThrow(message);
});

test('a token beyond the vocabulary is refused', () => {
  const json = { ...published, vocab_size: 1000, bos_token_id: 1, eos_token_id: 1000 };
  expect(() => parseConfig(json)).toThrow(
    'eos_token_id is 1000; supported: token ids from 0 to 999',
  );
});

test('a config of another class without a type is refused', () => {
  const { model_type: _, ...json } = { ...published, architectures: ['LlamaForCausalLM'] };
  expect(() => parseConfig(json)).toThrow('model_type is missing; supported: "gpt2"');
});

test.each([[null], ['gpt2'], [[]], [7]])('%j is no config', (json) => {
  expect(() => parseConfig(json)).toThrow('config.json must be a JSON object');
});

test('whatever stands where a number should be, the message says what can be shown of it', () => {
  const deep = JSON.parse('['.repeat(50_000) + ']'.repeat(50_000));
  const n_embd = 'n_embd is something too deep or too long to be shown; supported: a whole number';
  expect(() => parseConfig({ ...published, n_embd: deep })).toThrow(CheckpointError);
  expect(() => parseConfig({ ...published, n_embd: deep })).toThrow(n_embd);
});
