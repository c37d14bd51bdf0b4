// Real answers, whole and streamed, good and bad, are what the document says that they are.

import { expect, test } from 'vitest';
import { complete, says, serve, type TestServer } from '../harness.ts';
import { document, headersFor, serveEverything } from './described-server.ts';
import { checkAnswer, Validators, validatorsOf } from './validators.ts';

const script = () => says(' a fox and a hen');

function completions(validators: Validators) {
  return validators.document.paths['/v1/completions']!.post!;
}

const everything = {
  prompt: ['Once upon', ''],
  n: 2,
  max_tokens: 4,
  stop: [' hen'],
  echo: true,
  logprobs: 3,
  return_token_ids: true,
};

test.each([
  ['a plain completion', { prompt: 'Once' }],
  ['a completion with everything', { ...everything, prompt_logprobs: 2 }],
  ['tokens by their ids', { prompt: 'Once', logprobs: 0, return_tokens_as_token_ids: true }],
  ['a stop token', { prompt: 'Once', stop_token_ids: [257] }],
  ['a stream', { prompt: 'Once', stream: true }],
  ['a stream with everything', { ...everything, stream: true }],
  ['a stream with usage', { prompt: '', stream: true, stream_options: { include_usage: true } }],
  [
    'a stream with running usage',
    { stream: true, stream_options: { include_usage: true, continuous_usage_stats: true } },
  ],
])('%s is as described', async (_, body) => {
  const { app } = await serve({ script });
  const validators = await validatorsOf(app);
  const response = await complete(app, body);
  expect(response.statusCode).toBe(200);
  checkAnswer(validators, completions(validators), response);
});

test.each([
  ['a chat', {}],
  ['a chat with everything', { n: 2, logprobs: true, top_logprobs: 2, return_token_ids: true }],
  ['a streamed chat', { stream: true, logprobs: true, stream_options: { include_usage: true } }],
])('%s is as described', async (_, fields) => {
  const { app } = await serveEverything();
  const validators = new Validators(document);
  const url = '/v1/chat/completions';
  const operation = validators.document.paths[url]!.post!;
  const messages = [{ role: 'user', content: 'Who are you?' }];
  const payload = JSON.stringify({ messages, max_tokens: 4, ...fields });
  const headers = headersFor(operation);
  const response = await app.inject({ method: 'POST', url, headers, payload });
  expect(response.statusCode).toBe(200);
  checkAnswer(validators, operation, response);
});

test('what an operator ends is as described, to the operator and to the client', async () => {
  const { app, engine } = await serveEverything({ pace: 'manual' });
  const validators = new Validators(document);
  const ask = async (url: string, body: object) => {
    const operation = validators.document.paths[url]!.post!;
    const headers = { ...headersFor(operation), 'x-request-id': 'mine' };
    const payload = JSON.stringify(body);
    const response = await app.inject({ method: 'POST', url, headers, payload });
    checkAnswer(validators, operation, response);
    return response.statusCode;
  };
  const asked = ask('/v1/completions', { prompt: 'Once' });
  await engine.untilOpen(1);
  expect(await ask('/admin/abort', { request_id: 'mine' })).toBe(200);
  expect(await asked).toBe(410);
});

test('a stream that fails is as described', async () => {
  const { app, engine } = await serve({ script, pace: 'manual' });
  const validators = await validatorsOf(app);
  const answer = complete(app, { prompt: 'Once', stream: true });
  await engine.untilOpen(1);
  engine.failStep('out of memory');
  const response = await answer;
  expect(response.body).toContain('step_failed');
  checkAnswer(validators, completions(validators), response);
});

test.each<[number, string, (server: TestServer) => Promise<unknown>, object]>([
  [429, 'is full', async () => {}, { n: 3 }],
  [503, 'drains', ({ app }) => app.drain(), {}],
  [503, 'has no engine', async ({ engine }) => engine.stop('it broke'), {}],
  [500, 'fails to compute', async ({ engine }) => failSoon(engine), {}],
])('the %d of a server that %s is as described', async (status, _, prepare, body) => {
  const server = await serve({ script, capacity: 2, pace: 'manual' });
  const validators = await validatorsOf(server.app);
  await prepare(server);
  const response = await complete(server.app, { prompt: 'Once', ...body });
  expect(response.statusCode).toBe(status);
  checkAnswer(validators, completions(validators), response);
});

function failSoon(engine: TestServer['engine']): void {
  void engine.untilOpen(1).then(() => engine.failStep('out of memory'));
}

test.each([
  [400, 'a body that is no JSON', { payload: '{' }],
  [400, 'no body', { payload: '' }],
  [413, 'a body that is too large', { payload: JSON.stringify({ prompt: 'x'.repeat(300_000) }) }],
  [415, 'a body of another type', { payload: 'prompt=Once', type: 'text/plain' }],
  [403, 'another host', { payload: '{}', host: 'elsewhere.example' }],
])('the %d for %s is as described', async (status, _, { payload, ...given }) => {
  const { app } = await serve();
  const validators = await validatorsOf(app);
  const { type = 'application/json', host = 'localhost' } = given as Record<string, string>;
  const headers = { 'content-type': type, host };
  const response = await app.inject({ method: 'POST', url: '/v1/completions', headers, payload });
  expect(response.statusCode).toBe(status);
  checkAnswer(validators, completions(validators), response);
});

test.each(['drain', 'stop'] as const)('/ready after %s is as described', async (event) => {
  const { app, engine } = await serve();
  const validators = await validatorsOf(app);
  if (event === 'drain') await app.drain();
  else engine.stop('it broke');
  const response = await app.inject('/ready');
  expect(response.statusCode).toBe(503);
  checkAnswer(validators, validators.document.paths['/ready']!.get!, response);
});
