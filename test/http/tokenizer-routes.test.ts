// The tokenizer over HTTP: the shapes that vLLM answers in, and what is refused.

import { expect, test } from 'vitest';
import { says, serve } from './harness.ts';

async function post(url: string, payload: object, settings = {}) {
  const { app } = await serve({}, settings);
  const response = await app.inject({ method: 'POST', url, payload });
  return { status: response.statusCode, body: response.body, json: response.json() };
}

test('a text is encoded', async () => {
  const { body } = await post('/tokenize', { prompt: 'Once upon', add_special_tokens: false });
  expect(body).toBe('{"count":2,"max_model_len":64,"tokens":[7454,2402],"token_strs":null}');
});

test('the texts of its tokens are sent where they are asked for', async () => {
  const { json } = await post('/tokenize', {
    prompt: 'a 🦊<|endoftext|>',
    return_token_strs: true,
  });
  expect(json.token_strs).toEqual([
    'a',
    'bytes: \\xf0\\x9f',
    'bytes:\\xa6',
    'bytes:\\x8a',
    '<|endoftext|>',
  ]);
  expect(json.count).toBe(5);
});

test('a text may be longer than the context, and empty', async () => {
  const long = await post('/tokenize', { prompt: 'story '.repeat(1000) });
  expect(long.json.count).toBeGreaterThan(1000);
  expect((await post('/tokenize', { prompt: '' })).json).toMatchObject({ count: 0, tokens: [] });
});

test('ids are decoded, as whatever text they are', async () => {
  const { body } = await post('/detokenize', { tokens: [7454, 2402, 50256] });
  expect(body).toBe('{"prompt":"Once upon<|endoftext|>"}');
  expect((await post('/detokenize', { tokens: [] })).json).toEqual({ prompt: '' });
  expect((await post('/detokenize', { tokens: says('🦊').slice(0, 1) })).json.prompt).toBe(
    '\ufffd',
  );
});

test('ids have the texts that log-probabilities name them by, where they are asked for', async () => {
  const tokens = [...says(' 🦊'), 50256];
  const { json } = await post('/detokenize', { tokens, return_token_strs: true });
  const token_strs = ['bytes: \\xf0\\x9f', 'bytes:\\xa6', 'bytes:\\x8a', '<|endoftext|>'];
  expect(json).toEqual({ prompt: ' 🦊<|endoftext|>', token_strs });
});

test('what a client needs to know of the tokenizer is told', async () => {
  const { app } = await serve();
  expect((await app.inject('/tokenizer_info')).json()).toEqual({
    tokenizer_class: 'GPT2Tokenizer',
    model_max_length: 64,
    vocab_size: 50257,
    bos_token: '<|endoftext|>',
    bos_token_id: 50256,
    eos_token: '<|endoftext|>',
    eos_token_id: 50256,
    unk_token: '<|endoftext|>',
    add_bos_token: false,
    add_prefix_space: false,
    clean_up_tokenization_spaces: false,
  });
});

const mebibyte = { maxBodyBytes: 1024 ** 2 };

test.each([
  ['/tokenize', {}, 'prompt', 'prompt must be given'],
  ['/tokenize', { prompt: null }, 'prompt', 'prompt must be given'],
  ['/tokenize', { prompt: ['a'] }, 'prompt', 'prompt must be a string, got a list'],
  ['/tokenize', { prompt: 'story '.repeat(70_000) }, 'prompt', 'has more than 65536 tokens'],
  ['/tokenize', { text: 'a' }, 'text', 'unknown field "text"'],
  [
    '/tokenize',
    { prompt: 'a', return_token_strs: 1 },
    'return_token_strs',
    'must be true or false',
  ],
  ['/detokenize', {}, 'tokens', 'tokens must be given'],
  ['/detokenize', { tokens: 'a' }, 'tokens', 'a list of at most 65536 token ids, got "a"'],
  ['/detokenize', { tokens: [0, 50257] }, 'tokens', 'tokens[1] must be a token id from 0 to 50256'],
  ['/detokenize', { tokens: Array(65_537).fill(0) }, 'tokens', 'got a list'],
])('%s refuses what it cannot do', async (url, payload, param, message) => {
  const { status, json } = await post(url, payload, mebibyte);
  expect(status).toBe(400);
  expect(json.error).toMatchObject({ type: 'invalid_request_error', param });
  expect(json.error.message).toContain(message);
});

test.each(['/tokenize', '/detokenize'])('%s knows one model', async (url) => {
  const fields = url === '/tokenize' ? { prompt: 'a' } : { tokens: [1] };
  expect((await post(url, { model: 'gpt-5', ...fields })).json.error.code).toBe('model_not_found');
});
