// Scoring through the API, against an independent implementation's numbers for the same weights.

import type OpenAI from 'openai';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Server, startServer } from '../../bench/server.ts';
import { temporaryFolder } from '../support/folders.ts';
import { oracle } from '../support/storyteller.ts';

let server: Server;
beforeAll(async () => {
  server = await startServer('--cache-directory', temporaryFolder());
});
afterAll(async () => {
  await server.stop();
});

type Logprobs = Required<OpenAI.CompletionChoice.Logprobs>;

async function score(prompt: readonly number[], logprobs: number): Promise<Logprobs> {
  const reply = await fetch(new URL('/v1/completions', server.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ prompt, max_tokens: 0, echo: true, logprobs }),
  });
  const answer = (await reply.json()) as OpenAI.Completion;
  expect(reply.status, JSON.stringify(answer)).toBe(200);
  return answer.choices[0]!.logprobs as Logprobs;
}

test('the mean loss of a text is that of an independent implementation', async () => {
  const { ids, mean_nll: expected } = oracle.text;
  let sum = 0;
  let count = 0;
  for (let start = 0; start < ids.length - 1; start += 512) {
    const { token_logprobs: logprobs } = await score(ids.slice(start, start + 513), 0);
    expect(logprobs[0]).toBeNull();
    for (const logprob of logprobs.slice(1)) {
      sum -= logprob;
      count += 1;
    }
  }
  expect(sum / count).toBeCloseTo(expected, 5);
});

test('every position has the best tokens, and the actual one with the identical number', async () => {
  for (const prompt of oracle.prompts.filter(({ ids }) => ids.length > 1)) {
    const { tokens, token_logprobs: own, top_logprobs: top } = await score(prompt.ids, 5);
    for (let at = 1; at < prompt.ids.length; at++) {
      expect(top[at]![tokens[at]!]).toBe(own[at]);
      const best = prompt.top_logits[at - 1]!.map((logit) => logit - prompt.log_sum_exp[at - 1]!);
      const found = Object.values(top[at]!).sort((a, b) => b - a);
      for (const [place, logprob] of best.entries()) {
        expect(found[place]).toBeCloseTo(logprob, 3);
      }
    }
  }
});

test('a prompt scored twice gives the same numbers, the second time from the cache', async () => {
  const ids = oracle.text.ids.slice(0, 400);
  expect(await score(ids, 3)).toEqual(await score(ids, 3));
});
