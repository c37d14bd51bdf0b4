// What a successful completion looks like, to the letter.

import { expect, test } from 'vitest';
import { complete, says, serve } from './harness.ts';
import { endOfText } from './scripted-engine.ts';

const head =
  '{"id":"cmpl-name-1","object":"text_completion","created":1750000000,"model":"storyteller",';

/** The JSON of each event of a stream, but for the last, which is checked to be [DONE]. */
function eventsOf(body: string): string[] {
  expect(body.endsWith('data: [DONE]\n\n')).toBe(true);
  const events = body.split('\n\n').slice(0, -2);
  return events.map((event) => event.replace(/^data: /, ''));
}

test('a completion is answered in the shape of OpenAI, byte for byte', async () => {
  const { app } = await serve({ script: () => [...says(' there lived a fox'), endOfText] });
  const response = await complete(app, { model: 'storyteller', prompt: 'Once upon a time' });
  expect(response.statusCode).toBe(200);
  expect(response.headers['content-type']).toBe('application/json; charset=utf-8');
  expect(response.body).toBe(
    head +
      '"choices":[{"index":0,"text":" there lived a fox","logprobs":null,"finish_reason":"stop","stop_reason":null}],' +
      '"usage":{"prompt_tokens":4,"completion_tokens":5,"total_tokens":9,' +
      '"prompt_tokens_details":{"cached_tokens":0}}}',
  );
});

test('a stream is answered in the shape of OpenAI, byte for byte', async () => {
  const { app } = await serve({ script: () => says(' a fox and') });
  const response = await complete(app, { prompt: 'Once', max_tokens: 2, stream: true });
  expect(response.statusCode).toBe(200);
  expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8');
  expect(response.headers['cache-control']).toBe('no-cache');
  expect(response.headers['x-request-id']).toBe('name-1');
  expect(response.body).toBe(
    `data: ${head}"choices":[{"index":0,"text":" a","logprobs":null,"finish_reason":null,"stop_reason":null}]}\n\n` +
      `data: ${head}"choices":[{"index":0,"text":" fox","logprobs":null,"finish_reason":"length","stop_reason":null}]}\n\n` +
      'data: [DONE]\n\n',
  );
});

test('a stream with usage ends with the counts, and says null before', async () => {
  const { app } = await serve({ script: () => says(' a fox') });
  const response = await complete(app, {
    prompt: 'Once',
    max_tokens: 2,
    stream: true,
    stream_options: { include_usage: true },
  });
  expect(eventsOf(response.body)).toEqual([
    `${head}"choices":[{"index":0,"text":" a","logprobs":null,"finish_reason":null,"stop_reason":null}],"usage":null}`,
    `${head}"choices":[{"index":0,"text":" fox","logprobs":null,"finish_reason":"length","stop_reason":null}],"usage":null}`,
    `${head}"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,` +
      '"prompt_tokens_details":{"cached_tokens":0}}}',
  ]);
});

test('a stream with continuous usage carries the counts so far with each chunk', async () => {
  const { app } = await serve({ script: () => says(' a fox') });
  const response = await complete(app, {
    prompt: 'Once',
    max_tokens: 2,
    stream: true,
    stream_options: { include_usage: true, continuous_usage_stats: true },
  });
  const counts = eventsOf(response.body).map((event) => JSON.parse(event).usage.completion_tokens);
  expect(counts).toEqual([1, 2, 2]);
});

test('choices of several prompts are numbered prompt by prompt, and each has its own text', async () => {
  const { app } = await serve({ script: (_, index) => says([' a', ' b', ' c', ' d'][index]!) });
  const response = await complete(app, { prompt: ['Once', 'Twice'], n: 2, max_tokens: 1 });
  const { choices, usage } = response.json();
  expect(choices.map(({ index, text }: { index: number; text: string }) => [index, text])).toEqual([
    [0, ' a'],
    [1, ' b'],
    [2, ' c'],
    [3, ' d'],
  ]);
  // "Twice" is two tokens; each prompt counts once, however many choices it has.
  expect(usage).toMatchObject({ prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 });
});

test('streamed choices interleave, each whole, and each finishes once with its last text', async () => {
  const { app } = await serve({
    script: (_, index) => says([' a cat sat', ' the dog', ' x y z w'][index]!),
  });
  const response = await complete(app, { prompt: 'A', n: 3, max_tokens: 4, stream: true });
  const texts = ['', '', ''];
  const finishes: number[] = [];
  for (const event of eventsOf(response.body)) {
    const [choice] = JSON.parse(event).choices;
    texts[choice.index] += choice.text;
    if (choice.finish_reason !== null) finishes.push(choice.index);
  }
  expect(texts).toEqual([' a cat sat a', ' the dog the dog', ' x y z w']);
  expect(finishes.toSorted()).toEqual([0, 1, 2]);
});

test('a character whose bytes come in two tokens is one piece, and no chunk is empty', async () => {
  const fox = says('🦊');
  expect(fox.length).toBeGreaterThan(1);
  const { app } = await serve({ script: () => [...fox, ...says('!')] });
  const response = await complete(app, { prompt: 'A', max_tokens: fox.length + 1, stream: true });
  const texts = eventsOf(response.body).map((event) => JSON.parse(event).choices[0].text);
  expect(texts).toEqual(['🦊', '!']);
});

test('a text that ends within a character ends with U+FFFD', async () => {
  const { app } = await serve({ script: () => says('🦊') });
  const response = await complete(app, { prompt: 'A', max_tokens: 1 });
  expect(response.json().choices[0]).toMatchObject({ text: '\ufffd', finish_reason: 'length' });
});

test('the end-of-text token has no text and counts as a token, asked for or not', async () => {
  const { app } = await serve({ script: () => [...says(' a'), endOfText, ...says(' b')] });
  const stopped = await complete(app, { prompt: 'A', max_tokens: 3 });
  expect(stopped.json()).toMatchObject({
    choices: [{ text: ' a', finish_reason: 'stop' }],
    usage: { completion_tokens: 2 },
  });
  const ignored = await complete(app, { prompt: 'A', max_tokens: 3, ignore_eos: true });
  expect(ignored.json()).toMatchObject({
    choices: [{ text: ' a b', finish_reason: 'length' }],
    usage: { completion_tokens: 3 },
  });
});

test('an answer that ends at once is a chunk without text', async () => {
  const { app } = await serve({ script: () => [endOfText] });
  const response = await complete(app, { prompt: 'A', stream: true });
  expect(eventsOf(response.body)).toEqual([
    `${head}"choices":[{"index":0,"text":"","logprobs":null,"finish_reason":"stop","stop_reason":null}]}`,
  ]);
});

test('a request id that the client chose names the completion and is echoed', async () => {
  const { app } = await serve();
  const response = await app.inject({
    method: 'POST',
    url: '/v1/completions',
    headers: { 'x-request-id': 'mine-7' },
    payload: { prompt: 'A' },
  });
  expect(response.headers['x-request-id']).toBe('mine-7');
  expect(response.json().id).toBe('cmpl-mine-7');
});

test.each(['with space', 'ä', '', 'x'.repeat(129)])(
  'a request id that is unfit for a header (%j) is replaced',
  async (id) => {
    const { app } = await serve();
    const response = await app.inject({ url: '/health', headers: { 'x-request-id': id } });
    expect(response.headers['x-request-id']).toBe('name-1');
  },
);
