// prompt_logprobs: the scores of a prompt apart from the text, in vLLM's shape.

import { expect, test } from 'vitest';
import { choice } from './answer.ts';
import { complete, says, serve } from './harness.ts';

const foxes = { script: () => says(' a fox') };

test('each token has its alternatives by id, and the first has none', async () => {
  const { app } = await serve(foxes);
  // 2402 is the best of all, 641 none of the best.
  const body = { prompt: [7454, 2402, 641], max_tokens: 1, prompt_logprobs: 1 };
  const { prompt_logprobs, logprobs } = await choice(app, body);
  expect(prompt_logprobs).toEqual([
    null,
    { 2402: { logprob: -0.5, rank: 1, decoded_token: ' upon' } },
    {
      641: { logprob: -9.25, rank: null, decoded_token: 'ens' },
      642: { logprob: -0.5, rank: 1, decoded_token: ' 5' },
    },
  ]);
  expect(logprobs).toBeNull();
});

test('echo and prompt_logprobs each have as many alternatives as they asked for', async () => {
  const { app, engine } = await serve(foxes);
  const body = { prompt: 'Once upon', echo: true, logprobs: 1, prompt_logprobs: 3, max_tokens: 1 };
  const { prompt_logprobs, logprobs } = await choice(app, body);
  expect(engine.submitted[0]).toMatchObject({ logprobCount: 1, promptLogprobCount: 3 });
  expect(Object.keys(prompt_logprobs![1]!)).toHaveLength(3);
  expect(Object.keys(logprobs!.top_logprobs[1]!)).toHaveLength(1);
});

test('it is not for streams', async () => {
  const { app } = await serve(foxes);
  const response = await complete(app, { prompt: 'A', prompt_logprobs: 0, stream: true });
  expect(response.statusCode).toBe(400);
  expect(response.json().error).toMatchObject({
    code: 'invalid_value',
    param: 'prompt_logprobs',
    message:
      'prompt_logprobs must be left out where the answer is a stream (echo may be there), got 0',
  });
});
