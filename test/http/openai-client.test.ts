// OpenAI's own client against a listening server: what it expects is what we send.

import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { listen, says, serve, type TestServer } from './harness.ts';
import { endOfText } from './scripted-engine.ts';

async function clientOf(server: TestServer): Promise<OpenAI> {
  return new OpenAI({ baseURL: `${await listen(server)}/v1`, apiKey: 'none', maxRetries: 0 });
}

const request = { model: 'storyteller', prompt: 'Once', max_tokens: 8 } as const;

test('gets a whole completion', async () => {
  const client = await clientOf(await serve({ script: () => [...says(' a fox'), endOfText] }));
  const completion = await client.completions.create(request);
  expect(completion.choices).toEqual([
    { index: 0, text: ' a fox', logprobs: null, finish_reason: 'stop', stop_reason: null },
  ]);
  expect(completion.usage?.total_tokens).toBe(4);
});

test('reads a stream to its end, with usage', async () => {
  const client = await clientOf(await serve({ script: () => [...says(' a fox'), endOfText] }));
  const stream = await client.completions.create({
    ...request,
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = '';
  let totalTokens = 0;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.text ?? '';
    totalTokens = chunk.usage?.total_tokens ?? totalTokens;
  }
  expect(text).toBe(' a fox');
  expect(totalTokens).toBe(4);
});

test('leaves a stream, and its sequence ends', async () => {
  const server = await serve({ pace: 'manual', script: () => says(' a') });
  const client = await clientOf(server);
  const stream = await client.completions.create({ ...request, stream: true });
  server.engine.step();
  for await (const chunk of stream) {
    expect(chunk.choices[0]!.text).toBe(' a');
    break;
  }
  await server.engine.untilOpen(0);
  expect(server.engine.aborted).toEqual([0]);
});

test('throws what went wrong in a stream', async () => {
  const server = await serve({ pace: 'manual', script: () => says(' a') });
  const client = await clientOf(server);
  const stream = await client.completions.create({ ...request, stream: true });
  server.engine.failStep('out of memory');
  const read = async () => {
    for await (const _ of stream);
  };
  await expect(read()).rejects.toThrow('out of memory');
});

test.each([
  [{ model: 'gpt-5' }, OpenAI.NotFoundError, { code: 'model_not_found', param: 'model' }],
  [{ max_tokens: 64 }, OpenAI.BadRequestError, { code: 'context_length_exceeded' }],
  [{ n: 3 }, OpenAI.RateLimitError, { code: 'queue_full', type: 'rate_limit_error' }],
])('throws its own error for %j, with code and param', async (body, type, fields) => {
  const client = await clientOf(await serve({ capacity: 2 }));
  const answer = client.completions.create({ ...request, ...body });
  await expect(answer).rejects.toThrow(type);
  await expect(answer).rejects.toMatchObject(fields);
});

test('lists and retrieves the model', async () => {
  const client = await clientOf(await serve());
  const [model] = (await client.models.list()).data;
  expect(await client.models.retrieve(model!.id)).toMatchObject({ id: 'storyteller' });
});
