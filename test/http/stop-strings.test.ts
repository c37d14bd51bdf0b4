// Stop strings: the text ends before them, wherever the tokens are cut, and the sequence ends with it.

import { expect, test } from 'vitest';
import { complete, says, serve } from './harness.ts';

interface Answer {
  readonly text: string;
  readonly finish_reason: string | null;
}

async function streamed(body: object, text: string): Promise<Answer[]> {
  const { app } = await serve({ script: () => says(text) });
  const response = await complete(app, { prompt: 'A', max_tokens: 20, stream: true, ...body });
  const events = response.body.split('\n\n').slice(0, -2);
  return events.map((event) => JSON.parse(event.replace('data: ', '')).choices[0]);
}

test('a stop string that comes in several tokens is not shown, nor is anything after it', async () => {
  const chunks = await streamed({ stop: '\n\nThe end' }, ' a fox\n\nThe end of it');
  expect(chunks.map(({ text }) => text).join('')).toBe(' a fox');
  expect(chunks.at(-1)!.finish_reason).toBe('stop');
  expect(chunks.filter(({ finish_reason }) => finish_reason !== null)).toHaveLength(1);
});

test('what might have become a stop string is shown once it cannot any more', async () => {
  const chunks = await streamed({ stop: [' fox jumps'], max_tokens: 4 }, ' a fox sat down');
  expect(chunks.map(({ text }) => text)).toEqual([' a', ' fox sat', ' down']);
});

test('what was held back is shown where the text ends', async () => {
  const chunks = await streamed({ stop: ' fox jumps', max_tokens: 2 }, ' a fox jumps');
  expect(chunks).toEqual([
    expect.objectContaining({ text: ' a', finish_reason: null }),
    expect.objectContaining({ text: ' fox', finish_reason: 'length' }),
  ]);
});

test('a stop string within a token cuts the token', async () => {
  const chunks = await streamed({ stop: 'o' }, ' a fox');
  expect(chunks.map(({ text }) => text).join('')).toBe(' a f');
});

test('a stop string ends the sequence in the engine, and counts the tokens up to it alone', async () => {
  const { app, engine } = await serve({ script: () => says(' a fox sat on a mat') });
  const response = await complete(app, { prompt: 'A', max_tokens: 20, stop: ' sat' });
  expect(response.json()).toMatchObject({
    choices: [{ text: ' a fox', finish_reason: 'stop' }],
    usage: { completion_tokens: 3 },
  });
  expect(engine.aborted).toEqual([0]);
  expect(engine.openCount).toBe(0);
});

test('tokens that came together with the end of a stop string are as if they never had been', async () => {
  const server = await serve({ pace: 'manual', script: () => says(' a fox sat on a mat') });
  const answer = complete(server.app, { prompt: 'A', max_tokens: 20, stop: ' sat' });
  await server.engine.untilOpen(1);
  for (let count = 0; count < 6; count++) server.engine.step();
  expect((await answer).json()).toMatchObject({
    choices: [{ text: ' a fox', finish_reason: 'stop' }],
    usage: { completion_tokens: 3 },
  });
});

test('a choice that a stop string ended leaves the others alone', async () => {
  const { app } = await serve({ script: (_, index) => says([' a fox', ' the cat'][index]!) });
  const response = await complete(app, { prompt: 'A', n: 2, max_tokens: 4, stop: ' fox' });
  expect(response.json().choices).toMatchObject([
    { text: ' a', finish_reason: 'stop' },
    { text: ' the cat the cat', finish_reason: 'length' },
  ]);
});
