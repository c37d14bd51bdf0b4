// Every way a request can be refused for what it says: the status, the code, the field, and words that say what to do.

import { expect, test } from 'vitest';
import { complete, serve } from './harness.ts';

interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly param: string | null;
  readonly message: string;
}

async function refusal(body: unknown, settings = {}): Promise<Refusal> {
  const { app, engine } = await serve({}, settings);
  const response = await complete(app, body);
  expect(engine.submitted).toEqual([]);
  expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
  const { error } = response.json();
  expect(Object.keys(error)).toEqual(['message', 'type', 'param', 'code']);
  return { ...error, status: response.statusCode };
}

test('a refusal has the shape of OpenAI, byte for byte', async () => {
  const { app } = await serve();
  const response = await complete(app, { temperature: 'hot' });
  expect(response.statusCode).toBe(400);
  expect(response.body).toBe(
    '{"error":{"message":"temperature must be a number from 0 to 2, got \\"hot\\"",' +
      '"type":"invalid_request_error","param":"temperature","code":"invalid_value"}}',
  );
});

test.each([
  ['model', 7, 'model must be a string, got 7'],
  ['prompt', 7, 'prompt must be a string, a list of strings'],
  ['prompt', {}, 'got an object'],
  ['prompt', ['a', 1], 'got a list'],
  ['prompt', [1, 'a'], 'got a list'],
  ['prompt', [[1], 'a'], 'got a list'],
  ['prompt', [1.5], 'got a list'],
  ['prompt', [null], 'got a list'],
  ['max_tokens', -1, 'max_tokens must be a whole number, at least 0, got -1'],
  ['max_tokens', 0, 'max_tokens must be at least 1, unless there is an echo, got 0'],
  ['max_tokens', 1.5, 'got 1.5'],
  ['max_tokens', '16', 'got "16"'],
  ['temperature', -0.1, 'temperature must be a number from 0 to 2, got -0.1'],
  ['temperature', 2.1, 'got 2.1'],
  ['temperature', true, 'got true'],
  ['top_k', -2, 'top_k must be a whole number, at least -1, got -2'],
  ['top_k', 0.5, 'got 0.5'],
  ['top_p', 0, 'top_p must be a number above 0, at most 1, got 0'],
  ['top_p', 1.01, 'got 1.01'],
  ['n', 0, 'n must be a whole number from 1 to 128, got 0'],
  ['n', 129, 'got 129'],
  ['seed', 1.5, 'seed must be a whole number from -9007199254740991 to 9007199254740991'],
  ['seed', 2 ** 60, 'got 1152921504606847000'],
  ['stop', '', 'stop must be a string, or a list of at most 16 strings'],
  ['stop', ['a', ''], 'got a list'],
  ['stop', Array.from({ length: 17 }, () => 'a'), 'at most 16'],
  ['stop', 'x'.repeat(1025), 'each of 1 to 1024 characters'],
  ['stop', 3, 'got 3'],
  ['stream', 1, 'stream must be true or false, got 1'],
  ['ignore_eos', 'yes', 'ignore_eos must be true or false, got "yes"'],
  ['user', 3, 'user must be a string, got 3'],
])('%s: %j is refused by name', async (field, value, message) => {
  const refused = await refusal({ [field]: value });
  expect(refused).toMatchObject({ status: 400, code: 'invalid_value', param: field });
  expect(refused.message).toContain(message);
});

test.each([
  ['use_beam_search', true],
  ['response_format', { type: 'json_object' }],
  ['structured_outputs', { regex: 'a+' }],
  ['logprob_token_ids', [1]],
])('%s: %j is refused as not supported yet', async (field, value) => {
  const refused = await refusal({ [field]: value });
  expect(refused).toMatchObject({ status: 400, code: 'unsupported_value', param: field });
  expect(refused.message).toContain(`${field} is not supported yet`);
});

test('a suffix is refused, since GPT-2 cannot fill in the middle', async () => {
  expect(await refusal({ suffix: 'the end' })).toMatchObject({
    status: 400,
    code: 'unsupported_value',
    param: 'suffix',
    message:
      'suffix is not supported (GPT-2 cannot fill in the middle of a text): ' +
      'it must be left out or "", got "the end"',
  });
});

test('an unknown field is refused by name, with the likely one', async () => {
  expect(await refusal({ temprature: 0 })).toMatchObject({
    status: 400,
    code: 'unknown_field',
    param: 'temprature',
    message: 'unknown field "temprature"; did you mean temperature?',
  });
});

test('an unknown field that is like no other is refused without a guess', async () => {
  expect((await refusal({ messages: [] })).message).toBe('unknown field "messages"');
});

test.each(['__proto__', 'constructor', 'toString', ''])(
  'a field called %j is an unknown field like any other',
  async (name) => {
    expect(await refusal(`{"${name}": {"prompt": "x"}}`)).toMatchObject({
      status: 400,
      code: 'unknown_field',
      param: name,
    });
  },
);

test.each([
  [{ stream: true, stream_options: { include_usage: 'yes' } }, 'stream_options.include_usage'],
  [{ stream: true, stream_options: { usage: true } }, 'stream_options.usage'],
  [{ stream: true, stream_options: 'usage' }, 'stream_options'],
  [{ stream: true, stream_options: [] }, 'stream_options'],
  [{ stream_options: { include_usage: true } }, 'stream_options'],
  [{ stream: false, stream_options: {} }, 'stream_options'],
])('%j is refused for %s', async (body, param) => {
  expect(await refusal(body)).toMatchObject({ status: 400, param });
});

test('an unknown model is not found', async () => {
  expect(await refusal({ model: 'gpt-5' })).toMatchObject({
    status: 404,
    code: 'model_not_found',
    param: 'model',
    message: 'there is no model "gpt-5" here; this server has "storyteller"',
  });
});

test('a prompt that fills the context is refused, with both numbers', async () => {
  expect(await refusal({ prompt: Array.from({ length: 64 }, () => 7) })).toMatchObject({
    status: 400,
    code: 'context_length_exceeded',
    param: 'prompt',
    message:
      "this model's maximum context length is 64 tokens; prompt has 64, " +
      'which leaves no room for a completion',
  });
});

test('a text that is too long is refused before it is encoded whole', async () => {
  const refused = await refusal({ prompt: ['fine', 'story '.repeat(30_000)] });
  expect(refused).toMatchObject({ status: 400, code: 'context_length_exceeded', param: 'prompt' });
  expect(refused.message).toContain('prompt[1] has at least 64');
});

test('prompt and max_tokens beyond the context are refused, with all the numbers', async () => {
  expect(await refusal({ prompt: [1, 2, 3, 4], max_tokens: 61 })).toMatchObject({
    status: 400,
    code: 'context_length_exceeded',
    param: 'max_tokens',
    message:
      "this model's maximum context length is 64 tokens, but 65 were asked for: " +
      '4 in the prompt and 61 by max_tokens, which may be at most 60 here',
  });
});

test.each([
  [[50257], 'prompt[0] must be a token id from 0 to 50256, got 50257'],
  [[0, -1], 'prompt[1] must be a token id from 0 to 50256, got -1'],
  [[[0], [2 ** 40]], 'prompt[1][0] must be a token id from 0 to 50256, got 1099511627776'],
])('ids outside the vocabulary are refused: %j', async (prompt, message) => {
  expect(await refusal({ prompt })).toMatchObject({
    status: 400,
    code: 'invalid_value',
    param: 'prompt',
    message,
  });
});

test('more texts at once than could ever be accepted are refused for good', async () => {
  expect(await refusal({ prompt: ['a', 'b', 'c'], n: 4 }, { maxQueue: 6 })).toMatchObject({
    status: 400,
    code: 'invalid_value',
    param: 'prompt',
    message: '3 prompts with 4 samples each are 12 texts, and at most 10 can be asked for at once',
  });
});

test.each(['{"prompt": ', 'prompt=x', ''])(
  'a body that is not JSON is refused: %j',
  async (body) => {
    expect(await refusal(body)).toMatchObject({ status: 400, code: 'invalid_json', param: null });
  },
);

test.each([
  ['[]', 'an empty list'],
  ['"x"', '"x"'],
  ['7', '7'],
  ['null', 'null'],
])('a body that is not an object is refused: %s', async (body, came) => {
  expect(await refusal(body)).toMatchObject({
    status: 400,
    code: 'invalid_request',
    message: `the request must be a JSON object, got ${came}`,
  });
});

test('a body that is too large is refused', async () => {
  const refused = await refusal({ prompt: 'x'.repeat(2000) }, { maxBodyBytes: 1024 });
  expect(refused).toMatchObject({ status: 413, code: 'body_too_large' });
  expect(refused.message).toContain('1024');
});

test.each([undefined, 'text/plain', 'application/x-www-form-urlencoded'])(
  'a body of type %s is refused, with the header to send',
  async (type) => {
    const { app } = await serve();
    const response = await app.inject({
      method: 'POST',
      url: '/v1/completions',
      ...(type === undefined ? {} : { headers: { 'content-type': type } }),
      payload: '{"prompt":"A"}',
    });
    expect(response.statusCode).toBe(415);
    expect(response.json().error).toMatchObject({ code: 'unsupported_media_type' });
    expect(response.json().error.message).toContain('Content-Type: application/json');
  },
);

test('a long value is not echoed whole, nor a deep one walked into', async () => {
  expect((await refusal({ temperature: 'x'.repeat(100_000) })).message.length).toBeLessThan(200);
  const deep = `{"temperature": ${'['.repeat(50_000)}${']'.repeat(50_000)}}`;
  expect((await refusal(deep)).message).toContain('got a list');
});
