import { expect, test } from 'vitest';
import { publishedSizes } from '../../models/gpt2/config.ts';
import { matchWeights, weightShapes } from '../../models/gpt2/weights.ts';

const config = publishedSizes['124M'];
const shapes = weightShapes(config);

test('the 124M model has the 148 tensors that were published', () => {
  expect(shapes.size).toBe(148);
  expect(shapes.get('h.11.attn.c_attn.weight')).toEqual([768, 2304]);
  expect(shapes.get('h.11.attn.c_attn.bias')).toEqual([2304]);
  expect(shapes.get('h.0.mlp.c_proj.weight')).toEqual([3072, 768]);
});

test('names with and without the prefix match', () => {
  const prefixed = new Map([...shapes].map(([name, shape]) => [`transformer.${name}`, shape]));
  expect(matchWeights(config, shapes).storedNames.get('wpe.weight')).toBe('wpe.weight');
  expect(matchWeights(config, prefixed).storedNames.get('wpe.weight')).toBe(
    'transformer.wpe.weight',
  );
});

test('mask buffers are ignored', () => {
  const stored = new Map(shapes)
    .set('h.0.attn.bias', [1, 1, 1024, 1024])
    .set('transformer.h.3.attn.masked_bias', []);
  expect(matchWeights(config, stored).storedNames.size).toBe(148);
});

test('missing tensors are named', () => {
  const stored = new Map(shapes);
  stored.delete('h.7.ln_1.bias');
  expect(() => matchWeights(config, stored)).toThrow('tensors missing: h.7.ln_1.bias');
  expect(() => matchWeights(config, new Map())).toThrow('h.0.ln_1.bias and 144 more');
});

test('unknown tensors are named', () => {
  const stored = new Map(shapes).set('score.weight', [2, 768]).set('h.12.ln_1.bias', [768]);
  expect(() => matchWeights(config, stored)).toThrow(
    'tensors not of GPT-2: score.weight, h.12.ln_1.bias',
  );
});

test('a tensor of another shape is named with both shapes', () => {
  const stored = new Map(shapes).set('h.0.attn.c_attn.weight', [2304, 768]);
  expect(() => matchWeights(config, stored)).toThrow(
    'h.0.attn.c_attn.weight is [2304, 768], config.json implies [768, 2304]',
  );
});

test('a tensor that is there under both names is ambiguous', () => {
  const stored = new Map(shapes).set('transformer.wte.weight', [50257, 768]);
  expect(() => matchWeights(config, stored)).toThrow(
    'wte.weight and transformer.wte.weight are one tensor',
  );
});

test('a head beside a tied embedding is reported as its copy', () => {
  const stored = new Map(shapes).set('lm_head.weight', [50257, 768]);
  expect(matchWeights(config, stored).headCopy).toBe('lm_head.weight');
  expect(matchWeights(config, shapes).headCopy).toBeNull();
});

test('a head of its own is a tensor like the others', () => {
  const untied = { ...config, headWeight: 'lm_head.weight' } as const;
  const stored = new Map(shapes).set('lm_head.weight', [50257, 768]);
  const { storedNames, headCopy } = matchWeights(untied, stored);
  expect(storedNames.get('lm_head.weight')).toBe('lm_head.weight');
  expect(headCopy).toBeNull();
  expect(() => matchWeights(untied, shapes)).toThrow('tensors missing: lm_head.weight');
});
