// A model asked in the same process: answers in the words of the API, refusals, and endings.

import { expect, test } from 'vitest';
import { createClient } from '../../client/client.ts';
import { LoadedModel } from '../../src/library/loaded-model.ts';
import { listen, says, serve, tokenizer } from '../http/harness.ts';
import { endOfText, ScriptedEngine, type ScriptedOptions } from '../http/scripted-engine.ts';

const fox = () => [...says(' a fox'), endOfText];
const request = { prompt: 'Once', max_tokens: 8 } as const;

function modelOf(scripted: ScriptedOptions = {}) {
  const engine = new ScriptedEngine({ script: fox, ...scripted });
  const limits = { maxRunning: 32, maxQueue: 512 };
  return { engine, model: new LoadedModel(engine, tokenizer, 'storyteller', limits) };
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const unnamed = { id: 'cmpl-one', created: 0 };

test.each([
  ['plain', request],
  [
    'with everything',
    { ...request, n: 2, best_of: 3, echo: true, logprobs: 2, return_token_ids: true },
  ],
])('a whole answer is what a server would answer: %s', async (_, body) => {
  const { model } = modelOf();
  const client = createClient(await listen(await serve({ script: fox })));
  const answers = await Promise.all([model.generate(body), client.complete(body)]);
  expect({ ...answers[0], ...unnamed }).toEqual({ ...answers[1], ...unnamed });
});

test.each([
  ['plain', {}],
  ['with counts at the end', { stream_options: { include_usage: true } }],
  [
    'with counts all along',
    { stream_options: { include_usage: true, continuous_usage_stats: true }, n: 2 },
  ],
])('a stream is what a server would stream: %s', async (_, further) => {
  const { model } = modelOf();
  const body = { ...request, ...further };
  const client = createClient(await listen(await serve({ script: fox })));
  const [ours, theirs] = await Promise.all([
    collect(model.stream(body)),
    collect(client.stream(body)),
  ]);
  expect(ours.map((chunk) => ({ ...chunk, ...unnamed }))).toEqual(
    theirs.map((chunk) => ({ ...chunk, ...unnamed })),
  );
});

test('what cannot be is refused as by a server', async () => {
  const { model } = modelOf({ capacity: 1 });
  await expect(model.generate({ ...request, temperature: 3 })).rejects.toMatchObject({
    code: 'invalid_value',
    param: 'temperature',
  });
  await expect(model.stream({ ...request, n: 2 }).next()).rejects.toMatchObject({
    code: 'queue_full',
  });
});

test('a text is scored token by token', async () => {
  const { model } = modelOf({
    scorer: (id) => ({
      logprob: -id / 1000,
      topIds: new Int32Array(),
      topLogprobs: new Float32Array(),
    }),
  });
  const ids = tokenizer.encode('Once upon a');
  const score = await model.score('Once upon a');
  expect(score.tokens).toEqual(['Once', ' upon', ' a']);
  expect(score.tokenIds).toEqual(ids);
  expect(score.logprobs[0]).toBeNull();
  const [, upon, a] = ids as [number, number, number];
  expect(score.logprobs.slice(1)).toEqual([-upon / 1000, -a / 1000].map(Math.fround));
  expect(score.logprob).toBeCloseTo(-(upon + a) / 1000);
  expect(score.perplexity).toBeCloseTo(Math.exp((upon + a) / 2000));
  expect(await model.score(ids)).toEqual(score);
});

test('text becomes tokens and text again', () => {
  const { model } = modelOf();
  expect(model.detokenize(model.tokenize('Once upon a time'))).toBe('Once upon a time');
});

test.each([
  [
    'a whole answer',
    (model: LoadedModel, signal: AbortSignal) => model.generate(request, { signal }),
  ],
  [
    'a stream',
    (model: LoadedModel, signal: AbortSignal) => model.stream(request, { signal }).next(),
  ],
  ['a score', (model: LoadedModel, signal: AbortSignal) => model.score('Once upon', { signal })],
])('a signal ends %s', async (_, ask) => {
  const { engine, model } = modelOf({ pace: 'manual' });
  const controller = new AbortController();
  const reason = new Error('enough');
  const asked = ask(model, controller.signal);
  await engine.untilOpen(1);
  controller.abort(reason);
  await expect(asked).rejects.toBe(reason);
  await engine.untilOpen(0);
  await expect(ask(model, controller.signal)).rejects.toBe(reason);
});

test('leaving the loop ends the work', async () => {
  const { engine, model } = modelOf({ pace: 'manual' });
  void engine.untilOpen(1).then(() => engine.step());
  for await (const chunk of model.stream(request)) {
    expect(chunk.choices[0]!.text).toBe(' a');
    break;
  }
  await engine.untilOpen(0);
});

test('closing fails what is open and what is asked later', async () => {
  const { engine, model } = modelOf({ pace: 'manual' });
  const asked = [model.generate(request), model.stream(request).next()];
  const ends = Promise.allSettled(asked);
  await engine.untilOpen(2);
  await model.close();
  const closed = { code: 'engine_stopped', message: 'the model was closed' };
  for (const end of await ends) expect(end).toMatchObject({ status: 'rejected', reason: closed });
  await expect(model.generate(request)).rejects.toMatchObject(closed);
  await model.close();
});
