// Log-probabilities of what was generated: OpenAI's four arrays, and how tokens are named in them.

import { expect, test } from 'vitest';
import { choice, chunks } from './answer.ts';
import { complete, says, serve } from './harness.ts';
import { endOfText } from './scripted-engine.ts';

// " a" is 257, " fox" 21831, "!" 0; the scripted engine finds even ids likeliest.
const foxes = { script: () => [...says(' a fox!'), endOfText] };

test('log-probabilities are in the shape of OpenAI, byte for byte', async () => {
  const { app } = await serve(foxes);
  const response = await complete(app, { prompt: 'Once', max_tokens: 2, logprobs: 2 });
  expect(response.body).toContain(
    '"text":" a fox","logprobs":{"text_offset":[0,2],"token_logprobs":[-9.25,-9.25],' +
      '"tokens":[" a"," fox"],' +
      '"top_logprobs":[{"he":-0.5,"re":-1," a":-9.25},{" assaults":-0.5,"many":-1," fox":-9.25}]},' +
      '"finish_reason":"length"',
  );
});

test('a token is among its alternatives once, with the very same number', async () => {
  const { app } = await serve(foxes);
  const { logprobs } = await choice(app, { prompt: 'Once', max_tokens: 4, logprobs: 1 });
  expect(logprobs!.tokens).toEqual([' a', ' fox', '!', '<|endoftext|>']);
  const counts = logprobs!.top_logprobs.map((top) => Object.keys(top!).length);
  expect(counts).toEqual([2, 2, 1, 1]);
  for (const [index, token] of logprobs!.tokens.entries()) {
    expect(logprobs!.top_logprobs[index]![token]).toBe(logprobs!.token_logprobs[index]);
  }
});

test('no alternatives leave the token itself', async () => {
  const { app } = await serve(foxes);
  const { logprobs } = await choice(app, { prompt: 'Once', max_tokens: 1, logprobs: 0 });
  expect(logprobs!.top_logprobs).toEqual([{ ' a': -9.25 }]);
});

test('the end-of-text token has an entry at the end of the text', async () => {
  const { app } = await serve(foxes);
  const { text, logprobs } = await choice(app, { prompt: 'Once', logprobs: 0 });
  expect(text).toBe(' a fox!');
  expect(logprobs!.text_offset).toEqual([0, 2, 6, 7]);
  expect(logprobs!.tokens.at(-1)).toBe('<|endoftext|>');
});

test('without logprobs nobody is asked for any, and there are none', async () => {
  const { app, engine } = await serve(foxes);
  expect((await choice(app, { prompt: 'Once' })).logprobs).toBeNull();
  expect(engine.submitted[0]).toMatchObject({ logprobCount: null, promptLogprobCount: null });
});

test('a token that is impossible has -9999 in the place of minus infinity', async () => {
  const scorer = (id: number) => ({
    logprob: Number.NEGATIVE_INFINITY,
    topIds: Int32Array.of(id + 1),
    topLogprobs: Float32Array.of(Number.NEGATIVE_INFINITY),
  });
  const { app } = await serve({ ...foxes, scorer });
  const { logprobs } = await choice(app, { prompt: 'Once', max_tokens: 1, logprobs: 1 });
  expect(logprobs!.token_logprobs).toEqual([-9999]);
  expect(Object.values(logprobs!.top_logprobs[0]!)).toEqual([-9999, -9999]);
});

test('more alternatives than the model can name are as many as it can', async () => {
  const { app, engine } = await serve({ ...foxes, candidateCount: 3 });
  await choice(app, { prompt: 'Once', max_tokens: 1, logprobs: 20 });
  expect(engine.submitted[0]!.logprobCount).toBe(3);
});

test('tokens can be named by their ids', async () => {
  const { app } = await serve(foxes);
  const { logprobs } = await choice(app, {
    prompt: 'Once',
    max_tokens: 1,
    logprobs: 1,
    return_tokens_as_token_ids: true,
  });
  expect(logprobs!.tokens).toEqual(['token_id:257']);
  expect(logprobs!.top_logprobs).toEqual([{ 'token_id:258': -0.5, 'token_id:257': -9.25 }]);
});

test('a token that is no whole character is named by its bytes', async () => {
  const { app } = await serve({ script: () => says(' 🦊') });
  const { text, logprobs } = await choice(app, { prompt: 'A', max_tokens: 3, logprobs: 0 });
  expect(text).toBe(' 🦊');
  expect(logprobs!.tokens).toEqual(['bytes: \\xf0\\x9f', 'bytes:\\xa6', 'bytes:\\x8a']);
  // The second token goes on where the first broke off: within the fox.
  expect(logprobs!.text_offset).toEqual([0, 1, 1]);
});

test('offsets count characters as Python does, not UTF-16 units', async () => {
  const { app } = await serve({ script: () => says('🦊a😀b') });
  const { text, logprobs } = await choice(app, {
    prompt: 'A',
    max_tokens: says('🦊a😀b').length,
    logprobs: 0,
  });
  expect([...text]).toEqual(['🦊', 'a', '😀', 'b']);
  const at = (token: string) => logprobs!.text_offset[logprobs!.tokens.indexOf(token)];
  expect([at('a'), at('b')]).toEqual([1, 3]);
});

test('the tokens of a stop string are told of, at the end of the text that is shown', async () => {
  const { app } = await serve({ script: () => says(' a fox sat on a mat') });
  const { text, logprobs } = await choice(app, { prompt: 'A', logprobs: 0, stop: 'ox sat' });
  expect(text).toBe(' a f');
  expect(logprobs!.tokens).toEqual([' a', ' fox', ' sat']);
  expect(logprobs!.text_offset).toEqual([0, 2, 4]);
});

test('a chunk has the tokens whose text begins in it, and they wait with their text', async () => {
  const { app } = await serve({ script: () => says(' a fox sat down') });
  const parts = await chunks(app, { prompt: 'A', max_tokens: 4, logprobs: 0, stop: ' fox jumps' });
  expect(parts.map(({ text, logprobs }) => [text, logprobs!.tokens])).toEqual([
    [' a', [' a']],
    [' fox sat', [' fox', ' sat']],
    [' down', [' down']],
  ]);
});

test('a chunk with the rest of a token has no token', async () => {
  const { app } = await serve({ script: () => says(' a fox sat') });
  const parts = await chunks(app, { prompt: 'A', max_tokens: 3, logprobs: 0, stop: 'oxen' });
  expect(parts.map(({ text, logprobs }) => [text, logprobs!.tokens])).toEqual([
    [' a', [' a']],
    [' f', [' fox']],
    ['ox sat', [' sat']],
  ]);
});

test('the tokens of a character that is not complete come with it', async () => {
  const { app } = await serve({ script: () => says('🦊!') });
  const parts = await chunks(app, { prompt: 'A', max_tokens: 4, logprobs: 0 });
  expect(parts.map(({ text, logprobs }) => [text, logprobs!.tokens.length])).toEqual([
    ['🦊', 3],
    ['!', 1],
  ]);
});
