// What the engine is asked for: each shape of prompt and each field, with what stands in for those that
// are absent.

import { expect, test } from 'vitest';
import type { NewSequence } from '../../src/engine/engine.ts';
import { unsaid } from '../../src/engine/protocol.ts';
import { fields } from '../../src/http/completion/fields.ts';
import { freeDraw } from '../../src/sampling/parameters.ts';
import { complete, says, serve } from './harness.ts';
import { endOfText } from './scripted-engine.ts';

async function submitted(body: object): Promise<NewSequence[]> {
  const { app, engine } = await serve();
  const response = await complete(app, body);
  expect(response.statusCode, response.body).toBe(200);
  return engine.submitted;
}

async function prompts(body: object): Promise<number[][]> {
  return (await submitted(body)).map(({ promptIds }) => [...promptIds]);
}

test.each([
  ['a string', 'Once upon', [says('Once upon')]],
  ['a list of strings', ['Once', 'upon'], [says('Once'), says('upon')]],
  ['token ids', [10, 20, 30], [[10, 20, 30]]],
  ['a list of token ids', [[10], [20, 30]], [[10], [20, 30]]],
  ['the empty string', '', [[endOfText]]],
  ['an empty list', [], [[endOfText]]],
  ['a list of an empty list', [[]], [[endOfText]]],
  ['an empty string among others', ['', 'upon'], [[endOfText], says('upon')]],
  ['null', null, [[endOfText]]],
  ['nothing', undefined, [[endOfText]]],
  ['the largest id', [50256], [[50256]]],
])('a prompt may be %s', async (_, prompt, expected) => {
  expect(await prompts({ prompt })).toEqual(expected);
});

test('every field may be null, and null is as good as absent', async () => {
  const nulls = Object.fromEntries(Object.keys(fields).map((name) => [name, null]));
  expect(await submitted(nulls)).toEqual(await submitted({}));
});

test('null counts as absent within stream_options, too', async () => {
  await submitted({
    stream: true,
    stream_options: {
      include_usage: null,
      include_obfuscation: null,
      continuous_usage_stats: null,
    },
  });
});

test('what vllm bench serve and guidellm send is accepted', async () => {
  await submitted({
    model: 'storyteller',
    prompt: 'A',
    repetition_penalty: 1.0,
    max_tokens: 4,
    logprobs: null,
    stream: true,
    stream_options: { include_usage: true, continuous_usage_stats: true },
    ignore_eos: true,
    stop: null,
  });
});

test('fields that ask for nothing are accepted', async () => {
  await submitted({
    user: 'someone',
    echo: false,
    best_of: 1,
    suffix: '',
    frequency_penalty: 0,
    presence_penalty: 0,
    logit_bias: {},
    min_p: 0,
    min_tokens: 0,
    stop_token_ids: [],
    skip_special_tokens: true,
    add_special_tokens: false,
    priority: 0,
  });
});

test('without fields, sixteen tokens are drawn freely, with a fresh seed', async () => {
  const [sequence] = await submitted({ prompt: 'A' });
  expect(sequence).toEqual({
    promptIds: Int32Array.from(says('A')),
    maxTokens: 16,
    stopIds: [endOfText],
    sampling: { ...freeDraw, seedLow: 1, seedHigh: 2, sampleIndex: 0 },
    ...unsaid,
  });
});

test('without max_tokens, a long prompt gets the room that is left', async () => {
  const [sequence] = await submitted({ prompt: Array.from({ length: 60 }, () => 7) });
  expect(sequence!.maxTokens).toBe(4);
});

test('prompt and max_tokens may fill the context exactly', async () => {
  const [sequence] = await submitted({ prompt: [1, 2, 3, 4], max_tokens: 60 });
  expect(sequence!.maxTokens).toBe(60);
});

test.each([0, 1e-6])('a temperature of %d takes the best token', async (temperature) => {
  const [sequence] = await submitted({ temperature });
  expect(sequence!.sampling).toMatchObject({ greedy: true, inverseTemperature: 1 });
});

test('a temperature is handed on as its inverse', async () => {
  const [sequence] = await submitted({ temperature: 0.5 });
  expect(sequence!.sampling).toMatchObject({ greedy: false, inverseTemperature: 2 });
});

test.each([
  [0, 0],
  [-1, 0],
  [40, 40],
  [50256, 50256],
  [50257, 0],
  [2 ** 40, 0],
])('a top_k of %d is a limit of %d', async (top_k, topK) => {
  expect((await submitted({ top_k }))[0]!.sampling.topK).toBe(topK);
});

test.each([
  [7, 7, 0],
  [-1, 0xffff_ffff, 0xffff_ffff],
  [2 ** 32 + 5, 5, 1],
  [-(2 ** 32), 0, 0xffff_ffff],
  [Number.MAX_SAFE_INTEGER, 0xffff_ffff, 0x1f_ffff],
])('a seed of %d is these 64 bits', async (seed, seedLow, seedHigh) => {
  expect((await submitted({ seed }))[0]!.sampling).toMatchObject({ seedLow, seedHigh });
});

test('samples of a prompt share its seed and differ in their index', async () => {
  const sequences = await submitted({ prompt: ['A', 'B'], n: 2, seed: 7 });
  expect(sequences.map(({ sampling }) => [sampling.seedLow, sampling.sampleIndex])).toEqual([
    [7, 0],
    [7, 1],
    [7, 0],
    [7, 1],
  ]);
});

test('a whole number may be written as a fraction or with an exponent', async () => {
  const { app, engine } = await serve();
  await complete(app, '{"max_tokens": 2.0, "top_k": 1e1}');
  expect(engine.submitted[0]).toMatchObject({ maxTokens: 2, sampling: { topK: 10 } });
});

test('a long list of texts lets other requests in between', async () => {
  const { app, engine } = await serve({ pace: 'manual', contextLength: 2048 });
  const text = 'the quick brown fox '.repeat(200);
  const long = complete(app, { prompt: Array.from({ length: 40 }, () => text) });
  const short = complete(app, { prompt: 'A' });
  await engine.untilOpen(1);
  expect(engine.submitted[0]!.promptIds).toHaveLength(1);
  await engine.untilOpen(41);
  for (let count = 0; count < 20; count++) engine.step();
  expect((await long).statusCode).toBe(200);
  expect((await short).statusCode).toBe(200);
});
