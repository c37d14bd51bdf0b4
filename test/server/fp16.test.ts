// A model in fp16, exported and served by the program itself, on this machine's processors.

import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Server, startServer } from '../../bench/server.ts';
import { createTokenizer } from '../../src/tokenizer/tokenizer.ts';
import { temporaryFolder } from '../support/folders.ts';
import { oracle } from '../support/storyteller.ts';

/** Rounding may decide between two candidates that are nearer than this. */
const smallestGap = 0.05;

let server: Server;
beforeAll(async () => {
  const flags = ['--device', 'cpu', '--precision', 'fp16', '--max-running', '4'];
  server = await startServer('--cache-directory', temporaryFolder(), ...flags);
});
afterAll(async () => {
  await server.stop();
});

interface Choice {
  readonly text: string;
  readonly logprobs: { readonly token_logprobs: readonly (number | null)[] };
}

async function complete(body: object): Promise<Choice> {
  const response = await fetch(new URL('/v1/completions', server.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const { choices } = (await response.json()) as { choices: readonly Choice[] };
  return choices[0]!;
}

test('the start says that fp16 is served, and that it is for other devices', () => {
  const messages = server
    .output()
    .trim()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
  expect(messages.some(({ msg }) => /26\.3 M parameters in fp16\b/.test(msg))).toBe(true);
  const warnings = messages.filter(({ level }) => level === 40).map(({ msg }) => msg);
  expect(warnings).toEqual([expect.stringContaining('fp16 is for CUDA')]);
});

test.each([...oracle.prompts.keys()])(
  'greedy text of prompt %i is what it should be',
  async (at) => {
    const { ids, greedy_ids, greedy_gaps } = oracle.prompts[at]!;
    const tie = greedy_gaps.findIndex((gap) => gap < smallestGap);
    const certain = greedy_ids.slice(0, tie === -1 ? undefined : tie);
    if (certain.length === 0) return;
    const { text } = await complete({ prompt: ids, max_tokens: certain.length, temperature: 0 });
    expect(text).toBe(createTokenizer('gpt2', 50257).decode(certain));
  },
);

test('the likeliest next token has the log-probability of float64 transformers, nearly', async () => {
  for (const { ids, last_logits, log_sum_exp } of oracle.prompts) {
    const { logprobs } = await complete({
      prompt: ids,
      max_tokens: 1,
      temperature: 0,
      logprobs: 1,
    });
    const expected = Math.max(...last_logits) - log_sum_exp.at(-1)!;
    expect(Math.abs(logprobs.token_logprobs[0]! - expected)).toBeLessThan(0.02);
  }
});

test('a seed gives the same text alone and among others', async () => {
  const body = { prompt: 'The king said', max_tokens: 24, seed: 7, temperature: 0.9, logprobs: 0 };
  const alone = await complete(body);
  const others = Array.from({ length: 5 }, (_, seed) => complete({ ...body, seed: 100 + seed }));
  const [among] = await Promise.all([complete(body), ...others]);
  expect(among).toEqual(alone);
});
