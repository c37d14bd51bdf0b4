// best_of: more texts are generated than are returned, and the likeliest per token are.

import { expect, test } from 'vitest';
import { whole } from './answer.ts';
import { complete, says, serve } from './harness.ts';
import type { Scorer } from './scripted-engine.ts';

// Sample by sample: the second is the likeliest per token, though the third is as a whole.
const texts = [' a fox sat', ' the cat the cat', ' one'];
const likelihood: Record<string, number> = { ' a': -3, ' the': -1, ' cat': -1.5, ' one': -2 };
const scorer: Scorer = (id) => ({
  logprob: likelihood[Object.keys(likelihood).find((text) => says(text)[0] === id) ?? ''] ?? -4,
  topIds: new Int32Array(0),
  topLogprobs: new Float32Array(0),
});
const ranked = {
  scorer,
  script: (_: unknown, index: number) => [...says(texts[index % 3]!), 50256],
};

test('the likeliest per token is returned, and all that was generated is counted', async () => {
  const { app, engine } = await serve(ranked);
  const answer = await whole(app, { prompt: 'A', best_of: 3, max_tokens: 8 });
  expect(answer.choices.map(({ index, text }) => [index, text])).toEqual([[0, ' the cat the cat']]);
  expect(answer.choices[0]!.logprobs).toBeNull();
  expect(answer.usage).toMatchObject({ prompt_tokens: 1, completion_tokens: 4 + 5 + 2 });
  expect(engine.submitted.map(({ logprobCount }) => logprobCount)).toEqual([0, 0, 0]);
});

test('n of them are returned for each prompt, the likeliest first', async () => {
  const { app } = await serve(ranked);
  const body = { prompt: ['A', 'B'], n: 2, best_of: 3, max_tokens: 8, echo: true };
  const { choices } = await whole(app, body);
  expect(choices.map(({ index, text }) => [index, text])).toEqual([
    [0, 'A the cat the cat'],
    [1, 'A one'],
    [2, 'B the cat the cat'],
    [3, 'B one'],
  ]);
});

test('where all are returned they stay in their order, and nobody is asked for scores', async () => {
  const { app, engine } = await serve(ranked);
  const { choices } = await whole(app, { prompt: 'A', n: 3, best_of: 3, max_tokens: 8 });
  expect(choices.map(({ text }) => text)).toEqual(texts);
  expect(engine.submitted[0]!.logprobCount).toBeNull();
});

test.each([
  [{ n: 3, best_of: 2 }, 'best_of must be at least n, which is 3, got 2'],
  [{ best_of: 21 }, 'best_of must be a whole number from 1 to 20, got 21'],
  [
    { best_of: 2, stream: true },
    'best_of must be n or left out where the answer is a stream, got 2',
  ],
  [
    { best_of: 2, echo: true, max_tokens: 0 },
    'best_of must be 1 where nothing is generated (max_tokens 0), got 2',
  ],
])('%j is refused', async (body, message) => {
  const { app } = await serve();
  const response = await complete(app, body);
  expect(response.statusCode).toBe(400);
  expect(response.json().error).toMatchObject({ code: 'invalid_value', param: 'best_of', message });
});

test('a best_of that asks for nothing may be streamed', async () => {
  const { app } = await serve(ranked);
  const response = await complete(app, { prompt: 'A', n: 2, best_of: 2, stream: true });
  expect(response.statusCode).toBe(200);
});
