// What a server answers that is too busy, has stopped, or failed: the status, the code, and when to come
// back.

import { expect, test } from 'vitest';
import { complete, says, serve } from './harness.ts';

test('when the queue is full, the answer is 429 and when to come back', async () => {
  const { app } = await serve({ capacity: 1 });
  const response = await complete(app, { prompt: ['a', 'b'] });
  expect(response.statusCode).toBe(429);
  expect(response.headers['retry-after']).toBe('1');
  expect(response.json().error).toMatchObject({ type: 'rate_limit_error', code: 'queue_full' });
});

test('a busy server turns a request away before it encodes the prompt', async () => {
  const { app, engine } = await serve({ pace: 'manual' }, { maxQueue: 1, maxRunning: 2 });
  const open = complete(app, { n: 2 });
  await engine.untilOpen(2);
  const response = await complete(app, { n: 2, prompt: 'x'.repeat(10_000) });
  expect(response.statusCode).toBe(429);
  expect(response.json().error.message).toBe(
    'the server is busy: 2 texts are under way or wait, and 3 may; try again later',
  );
  engine.step();
  expect((await open).statusCode).toBe(200);
});

test('when the engine has stopped, the answer is 503, and why', async () => {
  const { app, engine } = await serve();
  engine.stop('broken invariant: a row is owned once');
  const response = await complete(app, { prompt: 'A' });
  expect(response.statusCode).toBe(503);
  expect(response.headers['retry-after']).toBe('1');
  expect(response.json().error).toMatchObject({ type: 'server_error', code: 'engine_stopped' });
});

test('a step that fails answers 500 to those it carried, and the server goes on', async () => {
  const { app, engine } = await serve({ pace: 'manual', script: () => says(' a') });
  const answer = complete(app, { prompt: 'A', max_tokens: 1 });
  await engine.untilOpen(1);
  engine.failStep('out of memory');
  expect((await answer).statusCode).toBe(500);
  expect((await answer).json().error).toMatchObject({ type: 'server_error', code: 'step_failed' });
  const next = complete(app, { prompt: 'A', max_tokens: 1 });
  await engine.untilOpen(1);
  engine.step();
  expect((await next).statusCode).toBe(200);
});

test('a stream whose step fails ends with an error event and [DONE]', async () => {
  const { app, engine } = await serve({ pace: 'manual', script: () => says(' a') });
  const answer = complete(app, { prompt: 'A', max_tokens: 5, stream: true });
  await engine.untilOpen(1);
  engine.step();
  engine.failStep('out of memory');
  const events = (await answer).body.split('\n\n');
  expect(events.slice(-3)).toEqual([
    'data: {"error":{"message":"out of memory","type":"server_error","param":null,"code":"step_failed"}}',
    'data: [DONE]',
    '',
  ]);
});

test('a bug of ours answers 500 without its details', async () => {
  const { app, engine } = await serve();
  engine.submit = () => {
    throw new Error('secret path /home/someone');
  };
  const response = await complete(app, { prompt: 'A' });
  expect(response.statusCode).toBe(500);
  expect(response.json()).toEqual({
    error: {
      message: 'the server failed to answer this request',
      type: 'server_error',
      param: null,
      code: 'internal_error',
    },
  });
});
