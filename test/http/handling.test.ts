// Fields that say how a request is handled: what of its prompt is kept, its place in the queue, what the
// cache may share of it, and its name.

import { expect, test } from 'vitest';
import { choice, whole } from './answer.ts';
import { complete, says, serve } from './harness.ts';

const words = [' one', ' two', ' red', ' blue', ' fish'];

test.each([
  [{ truncate_prompt_tokens: 2 }, words.slice(3)],
  [{ truncate_prompt_tokens: 2, truncation_side: 'right' }, words.slice(0, 2)],
  [{ truncate_prompt_tokens: 9 }, words],
  [{ truncate_prompt_tokens: -1 }, words],
  [{ truncate_prompt_tokens: -1, max_tokens: 61 }, words.slice(2)],
])('%j keeps %j', async (cut, kept) => {
  const { app, engine } = await serve();
  for (const prompt of [words.join(''), words.flatMap(says)]) {
    const { text } = await choice(app, { prompt, echo: true, ...cut });
    expect(text).toBe(kept.join(''));
  }
  const expected = kept.flatMap(says);
  expect(engine.submitted.map(({ promptIds }) => [...promptIds])).toEqual([expected, expected]);
});

test('a prompt that is cut may be much longer than the context', async () => {
  const { app } = await serve();
  const prompt = 'story '.repeat(10_000);
  const answer = await whole(app, { prompt, truncate_prompt_tokens: -1, max_tokens: 4 });
  expect(answer.usage!.prompt_tokens).toBe(60);
});

test('a prompt that is hopelessly long is not cut, but refused', async () => {
  const { app } = await serve({}, { maxBodyBytes: 1024 ** 2 });
  const prompt = ['fine', 'story '.repeat(70_000)];
  const response = await complete(app, { prompt, truncate_prompt_tokens: 4 });
  expect(response.statusCode).toBe(400);
  expect(response.json().error).toMatchObject({
    code: 'context_length_exceeded',
    param: 'prompt',
    message:
      'prompt[1] has more than 65536 tokens or 131072 characters, ' +
      'which are the most that are cut to length',
  });
});

test('priority and salt are passed on', async () => {
  const { app, engine } = await serve();
  await whole(app, { prompt: 'A', n: 2, priority: -5, cache_salt: 'secret' });
  for (const sequence of engine.submitted) {
    expect(sequence).toMatchObject({ priority: -5, cacheSalt: 'secret' });
  }
  await whole(app, { prompt: 'A' });
  expect(engine.submitted.at(-1)).toMatchObject({ priority: 0, cacheSalt: '' });
});

test('a request id becomes part of the id of the answer', async () => {
  const { app } = await serve();
  expect((await whole(app, { prompt: 'A', request_id: 'mine-7' })).id).toBe('cmpl-mine-7');
});

test('samples of a prompt fork from its first', async () => {
  const { app, engine } = await serve();
  await whole(app, { prompt: ['A', 'B'], n: 3 });
  const forks = engine.submitted.map(({ forkOf }) => forkOf);
  expect(forks).toEqual([null, 0, 0, null, 3, 3]);
});

test('cached tokens are those of each prompt, once', async () => {
  const { app } = await serve({ cachedTokenCount: 3 });
  const body = { prompt: ['a b c d', 'e f g h'], n: 2 };
  const { usage } = await whole(app, body);
  expect(usage!.prompt_tokens_details).toEqual({ cached_tokens: 6 });
  const stream = { ...body, stream: true, stream_options: { include_usage: true } };
  const counts = (await complete(app, stream)).body.split('\n\n').at(-3)!;
  expect(JSON.parse(counts.replace('data: ', '')).usage).toEqual(usage);
});

test('obfuscation of streams is accepted and not done', async () => {
  const { app } = await serve();
  const body = { prompt: 'A', stream: true, stream_options: { include_obfuscation: true } };
  expect((await complete(app, body)).body).not.toContain('obfuscation');
});

test.each([{ n: 2 }, { n: 2, best_of: 2 }])(
  'samples of nothing are refused: %j',
  async (samples) => {
    const { app } = await serve();
    const response = await complete(app, { prompt: 'A', echo: true, max_tokens: 0, ...samples });
    expect(response.json().error).toMatchObject({
      param: 'n',
      message: 'n must be 1 where nothing is generated (max_tokens 0), got 2',
    });
  },
);
