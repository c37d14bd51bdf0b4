// What a successful completion looks like, to the letter.

import { expect, test } from 'vitest';
import { complete, says, serve } from './harness.ts';
import { endOfText } from './scripted-engine.ts';

test('a completion is answered in the shape of OpenAI, byte for byte', async () => {
  const { app } = await serve({ script: () => [...says(' there lived a fox'), endOfText] });
  const response = await complete(app, { model: 'storyteller', prompt: 'Once upon a time' });
  expect(response.statusCode).toBe(200);
  expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
  expect(response.body).toBe(
    '{"id":"cmpl-name-1","object":"text_completion","created":1750000000,"model":"storyteller",' +
      '"choices":[{"index":0,"text":" there lived a fox","logprobs":null,"finish_reason":"stop"}],' +
      '"usage":{"prompt_tokens":4,"completion_tokens":5,"total_tokens":9,' +
      '"prompt_tokens_details":{"cached_tokens":0}}}',
  );
});

test('a stream is answered in the shape of OpenAI, byte for byte', async () => {
  const { app } = await serve({ script: () => says(' a fox and') });
  const response = await complete(app, { prompt: 'Once', max_tokens: 2, stream: true });
  expect(response.statusCode).toBe(200);
  expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
  expect(response.headers['cache-control']).toBe('no-cache');
  expect(response.headers['x-request-id']).toBe('name-1');
  expect(response.body).toBe(
    'data: {"id":"cmpl-name-1","object":"text_completion","created":1750000000,' +
      '"model":"storyteller","choices":[{"index":0,"text":" a","logprobs":null,"finish_reason":null}]}\n\n' +
      'data: {"id":"cmpl-name-1","object":"text_completion","created":1750000000,' +
      '"model":"storyteller","choices":[{"index":0,"text":" fox","logprobs":null,"finish_reason":"length"}]}\n\n' +
      'data: [DONE]\n\n',
  );
});
