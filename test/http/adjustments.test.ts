// What the sampler is told: filters, penalties, biases, and which ids are excluded.

import { expect, test } from 'vitest';
import {
  noAdjustments,
  type SamplingParameters,
  type ScoreAdjustments,
} from '../../src/sampling/parameters.ts';
import { complete, says, serve } from './harness.ts';
import { endOfText } from './scripted-engine.ts';

async function sampling(body: object): Promise<SamplingParameters> {
  const { app, engine } = await serve();
  const response = await complete(app, { prompt: 'A', ...body });
  expect(response.statusCode, response.body).toBe(200);
  return engine.submitted[0]!.sampling;
}

const adjusted = (some: Partial<ScoreAdjustments>) => ({ ...noAdjustments, ...some });

test.each([
  [{ min_p: 0.05 }, { minP: 0.05 }],
  [{ typical_p: 0.9 }, { typicalP: 0.9 }],
  [{ top_p: 0.9 }, { topP: 0.9, topPCrossing: 'kept' }],
  [
    { top_p: 0.9, top_p_mode: 'usual' },
    { topP: 0.9, topPCrossing: 'kept' },
  ],
  [
    { top_p: 0.9, top_p_mode: 'gpt2' },
    { topP: 0.9, topPCrossing: 'dropped' },
  ],
])('the filter %j', async (body, expected) => {
  expect(await sampling(body)).toMatchObject({ ...expected, adjustments: null });
});

test.each([
  [{ frequency_penalty: -2 }, { frequencyPenalty: -2 }],
  [{ presence_penalty: 1.5 }, { presencePenalty: 1.5 }],
  [{ repetition_penalty: 1.1 }, { repetitionPenalty: 1.1 }],
  [
    { logit_bias: { 50256: -100, 0: 0.5 } },
    { biasIds: Int32Array.of(0, 50256), biases: Float32Array.of(0.5, -100) },
  ],
  [{ allowed_token_ids: [5, 3, 5] }, { allowedIds: Int32Array.of(5, 3) }],
  [
    { min_tokens: 2, stop_token_ids: [13, endOfText] },
    { minTokens: 2, idsAfterMinimum: Int32Array.of(endOfText, 13) },
  ],
  // As in vLLM: a tool that wants exactly so many tokens sends both.
  [
    { min_tokens: 2, ignore_eos: true },
    { minTokens: 2, idsAfterMinimum: Int32Array.of(endOfText) },
  ],
])('the adjustment %j', async (body, expected) => {
  expect((await sampling(body)).adjustments).toEqual(adjusted(expected));
});

test('values that change nothing cost nothing', async () => {
  const neutral = {
    frequency_penalty: 0,
    presence_penalty: 0,
    repetition_penalty: 1,
    logit_bias: {},
    bad_words: [],
    min_tokens: 0,
    stop_token_ids: [13],
  };
  expect((await sampling(neutral)).adjustments).toBeNull();
});

test('bad words are banned as they begin a text and as they follow a space', async () => {
  const { adjustments } = await sampling({ bad_words: ['fox', ' foxes', '\n'] });
  const expected = ['fox', ' fox', 'foxes', ' foxes', '\n', ' \n'].map((word) =>
    Int32Array.from(says(word)),
  );
  expect(adjustments).toEqual(adjusted({ bannedSequences: expected }));
});

test.each([
  ['min_p', 1.1, 'min_p must be a number from 0 to 1, got 1.1'],
  ['typical_p', 0, 'typical_p must be a number above 0, at most 1, got 0'],
  ['top_p_mode', 'nucleus', 'top_p_mode must be "usual" or "gpt2", got "nucleus"'],
  ['frequency_penalty', 2.1, 'frequency_penalty must be a number from -2 to 2, got 2.1'],
  ['presence_penalty', -3, 'presence_penalty must be a number from -2 to 2, got -3'],
  ['repetition_penalty', 0, 'repetition_penalty must be a number from 0.01 to 100, got 0'],
  ['logit_bias', { 5: 101 }, 'an object of token ids, each with a number from -100 to 100'],
  ['logit_bias', { fox: 1 }, 'got an object'],
  ['logit_bias', { '05': 1 }, 'got an object'],
  ['logit_bias', { '-1': 1 }, 'got an object'],
  ['logit_bias', [[5, 1]], 'got a list'],
  ['logit_bias', { 50257: 1 }, 'logit_bias has the token id 50257; this model has 0 to 50256'],
  ['stop_token_ids', [-1], 'stop_token_ids has the token id -1; this model has 0 to 50256'],
  ['stop_token_ids', 13, 'stop_token_ids must be a list of at most 1024 token ids, got 13'],
  ['allowed_token_ids', [], 'must be a list of at least 1 token ids, got an empty list'],
  ['allowed_token_ids', [60000], 'allowed_token_ids has the token id 60000'],
  ['bad_words', ['a', ''], 'a list of at most 256 strings, each of 1 to 128 characters'],
  ['min_tokens', -1, 'min_tokens must be a whole number, at least 0, got -1'],
  ['min_tokens', 17, 'min_tokens must be at most max_tokens, which is 16 here, got 17'],
  ['logprobs', 21, 'logprobs must be a whole number from 0 to 20, got 21'],
  ['logprobs', true, 'got true'],
  ['prompt_logprobs', -1, 'prompt_logprobs must be a whole number from 0 to 20, got -1'],
  ['priority', 'high', 'priority must be a whole number from -9007199254740991'],
  ['cache_salt', '', 'cache_salt must be a string of 1 to 1024 characters, got ""'],
  ['request_id', 'with space', 'a string of 1 to 128 visible ASCII characters'],
  ['truncate_prompt_tokens', 0, 'must be -1, or a whole number, at least 1, got 0'],
  ['truncation_side', 'middle', 'truncation_side must be "left" or "right", got "middle"'],
])('%s: %j is refused by name', async (field, value, message) => {
  const { app, engine } = await serve();
  const response = await complete(app, { prompt: 'A', [field]: value });
  expect(response.statusCode).toBe(400);
  expect(response.json().error).toMatchObject({ code: 'invalid_value', param: field });
  expect(response.json().error.message).toContain(message);
  expect(engine.submitted).toEqual([]);
});

test.each([
  { allowed_token_ids: says(' fox'), bad_words: ['fox'] },
  { allowed_token_ids: [endOfText, 13], stop_token_ids: [13], min_tokens: 1 },
])('fields that together leave no token are refused: %j', async (body) => {
  const { app } = await serve();
  const response = await complete(app, { prompt: 'A', ...body });
  expect(response.statusCode).toBe(400);
  expect(response.json().error).toMatchObject({
    param: 'allowed_token_ids',
    message: 'allowed_token_ids must have a token that bad_words and min_tokens leave over',
  });
});
