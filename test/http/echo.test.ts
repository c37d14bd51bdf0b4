// Echo: the prompt before the text, with its log-probabilities before those of the text; and what reads
// a prompt without generating anything.

import { expect, test } from 'vitest';
import { choice, chunks, joined, whole } from './answer.ts';
import { complete, says, serve } from './harness.ts';
import { endOfText } from './scripted-engine.ts';

const foxes = { script: () => [...says(' a fox'), endOfText] };

test('the prompt comes before the text', async () => {
  const { app } = await serve(foxes);
  const answer = await whole(app, { prompt: ['Once', 'Twice'], echo: true, max_tokens: 2 });
  expect(answer.choices.map(({ text }) => text)).toEqual(['Once a fox', 'Twice a fox']);
  expect(answer.usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 4 });
});

test('the arrays begin with the prompt, whose first token has no log-probability', async () => {
  const { app } = await serve(foxes);
  // "Once upon" is 7454, 2402.
  const { text, logprobs } = await choice(app, {
    prompt: 'Once upon',
    echo: true,
    max_tokens: 1,
    logprobs: 1,
  });
  expect(text).toBe('Once upon a');
  expect(logprobs).toEqual({
    text_offset: [0, 4, 9],
    token_logprobs: [null, -0.5, -9.25],
    tokens: ['Once', ' upon', ' a'],
    top_logprobs: [null, { ' upon': -0.5 }, { he: -0.5, ' a': -9.25 }],
  });
});

test('what lm-evaluation-harness reads: scores of ids, the greedy ones recognisable', async () => {
  const { app } = await serve(foxes);
  const answer = await whole(app, {
    model: 'storyteller',
    prompt: [[10, 20, 31], [12]],
    temperature: 0,
    max_tokens: 1,
    logprobs: 1,
    seed: 1234,
    echo: true,
  });
  const [first, second] = answer.choices;
  expect(first!.logprobs!.token_logprobs.slice(1, -1)).toEqual([-0.5, -9.25]);
  const greedy = first!.logprobs!.top_logprobs.slice(1, -1).map((top, index) => {
    return Math.max(...Object.values(top!)) === first!.logprobs!.token_logprobs[index + 1];
  });
  expect(greedy).toEqual([true, false]);
  expect(second!.logprobs!.token_logprobs).toEqual([null, -9.25]);
});

test('a prompt is only read where nothing is to be generated', async () => {
  const { app, engine } = await serve(foxes);
  const response = await complete(app, { prompt: 'Once', echo: true, max_tokens: 0, logprobs: 0 });
  expect(response.json()).toMatchObject({
    choices: [{ text: 'Once', finish_reason: 'length', logprobs: { tokens: ['Once'] } }],
    usage: { prompt_tokens: 1, completion_tokens: 0, total_tokens: 1 },
  });
  expect(engine.submitted[0]).toMatchObject({ maxTokens: 0, promptLogprobCount: 0 });
});

test('a prompt that is only read may fill the whole context', async () => {
  const { app } = await serve(foxes);
  const prompt = Array.from({ length: 64 }, () => 10);
  const body = { prompt, echo: true, max_tokens: 0, logprobs: 0 };
  expect((await choice(app, body)).logprobs!.tokens).toHaveLength(64);
  const tooLong = await complete(app, { ...body, prompt: [...prompt, 10] });
  expect(tooLong.json().error).toMatchObject({
    code: 'context_length_exceeded',
    message: "this model's maximum context length is 64 tokens; prompt has 65",
  });
});

test('an echo without generation can be streamed', async () => {
  const { app } = await serve(foxes);
  const parts = await chunks(app, { prompt: 'Once upon', echo: true, max_tokens: 0, logprobs: 0 });
  expect(parts).toHaveLength(1);
  expect(parts[0]).toMatchObject({ text: 'Once upon', finish_reason: 'length' });
});

test('a stream begins with the prompt, and is the whole answer in pieces', async () => {
  const { app } = await serve(foxes);
  const body = { prompt: 'Once upon', echo: true, n: 2, max_tokens: 3, logprobs: 2 };
  const parts = await chunks(app, body);
  expect(parts[0]!.text).toBe('Once upon a');
  expect(joined(parts)).toEqual((await whole(app, body)).choices);
});

test('a prompt is scored once, for the first of its samples', async () => {
  const { app, engine } = await serve(foxes);
  const body = { prompt: ['Once upon', 'Twice'], echo: true, n: 2, max_tokens: 1, logprobs: 3 };
  const { choices } = await whole(app, body);
  const asked = engine.submitted.map(({ forkOf, promptLogprobCount }) => [
    forkOf,
    promptLogprobCount,
  ]);
  expect(asked).toEqual([
    [null, 3],
    [0, null],
    [null, 3],
    [2, null],
  ]);
  expect(choices[1]!.logprobs).toEqual(choices[0]!.logprobs);
  expect(choices[3]!.logprobs).toEqual(choices[2]!.logprobs);
});

test('nothing given is echoed as nothing, though a token stands for it', async () => {
  const { app } = await serve(foxes);
  const { text, logprobs } = await choice(app, { echo: true, max_tokens: 1, logprobs: 0 });
  expect(text).toBe(' a');
  expect(logprobs).toMatchObject({ tokens: ['<|endoftext|>', ' a'], text_offset: [0, 0] });
});

test('an end-of-text token in a prompt is echoed as it was written', async () => {
  const { app } = await serve(foxes);
  const prompt = 'One<|endoftext|>Two';
  expect((await choice(app, { prompt, echo: true, max_tokens: 1 })).text).toBe(`${prompt} a`);
});

test('stop strings are not looked for in the prompt', async () => {
  const { app } = await serve(foxes);
  const { text } = await choice(app, { prompt: 'A fox', echo: true, max_tokens: 2, stop: ' fox' });
  expect(text).toBe('A fox a');
});

test('a prompt cut within a character is echoed with U+FFFD, and offsets agree', async () => {
  const { app } = await serve(foxes);
  const { text, logprobs } = await choice(app, {
    prompt: says('é🦊').slice(0, -1),
    echo: true,
    max_tokens: 1,
    logprobs: 0,
  });
  expect(text).toBe('é\ufffd a');
  expect(logprobs!.text_offset).toEqual([0, 1, 1, 2]);
});
