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
  expect(config.eosTokenId).toBe(50256);
});

test.each([
  ['model_type', 'llama', 'model_type is "llama"; supported: "gpt2"'],
  ['model_type', undefined, 'model_type is missing; supported: "gpt2"'],
  ['activation_function', 'relu', 'activation_function is "relu"; supported: "gelu_new"'],
  ['scale_attn_weights', false, 'scale_attn_weights is false; supported: true'],
  ['scale_attn_by_inverse_layer_idx', true, 'layer_idx is true; supported: false'],
  ['reorder_and_upcast_attn', true, 'reorder_and_upcast_attn is true; supported: false'],
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
  ['vocab_size', 50256, 'bos_token_id is 50256; supported: a whole number from 0 to 50255'],
  ['eos_token_id', [50256], 'eos_token_id is [50256]; supported: a whole number'],
])('%s: %j is refused by name', (field, value, message) => {
  const json = { ...published, [field]: value };
  expect(() => parseConfig(json)).toThrow(CheckpointError);
  expect(() => parseConfig(json)).toThrow(`config.json: `);
  expect(() => parseConfig(json)).toThrow(message);
});

test('a default that does not fit the vocabulary is not assumed', () => {
  const { eos_token_id: _, ...json } = { ...published, vocab_size: 1000, bos_token_id: 1 };
  expect(() => parseConfig(json)).toThrow('eos_token_id is missing; supported: a whole number');
});

test.each([[null], ['gpt2'], [[]], [7]])('%j is no config', (json) => {
  expect(() => parseConfig(json)).toThrow('config.json must be a JSON object');
});
