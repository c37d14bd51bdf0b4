// What ends a text besides its length: stop tokens, what of them is shown, why it ended, and what cannot
// end it yet.

import { expect, test } from 'vitest';
import { choice, chunks, joined } from './answer.ts';
import { says, serve } from './harness.ts';
import { endOfText } from './scripted-engine.ts';

const sat = says(' sat')[0]!;
const foxes = { script: () => [...says(' a fox sat down'), endOfText] };

test('a stop token ends the text before it, and is named by its id', async () => {
  const { app } = await serve(foxes);
  const answer = await choice(app, { prompt: 'A', stop_token_ids: [sat] });
  expect(answer).toMatchObject({ text: ' a fox', finish_reason: 'stop', stop_reason: sat });
});

test('a stop string is named as it was given', async () => {
  const { app } = await serve(foxes);
  const answer = await choice(app, { prompt: 'A', stop: ['nothing', 'x s'] });
  expect(answer).toMatchObject({ text: ' a fo', finish_reason: 'stop', stop_reason: 'x s' });
});

test('end-of-text and length are no reasons to name', async () => {
  const { app } = await serve(foxes);
  expect(await choice(app, { prompt: 'A' })).toMatchObject({
    finish_reason: 'stop',
    stop_reason: null,
  });
  expect(await choice(app, { prompt: 'A', max_tokens: 1 })).toMatchObject({
    finish_reason: 'length',
    stop_reason: null,
  });
});

test('end-of-text that was ignored but is a stop token is named', async () => {
  const { app, engine } = await serve(foxes);
  const body = { prompt: 'A', ignore_eos: true, stop_token_ids: [endOfText] };
  expect(await choice(app, body)).toMatchObject({ finish_reason: 'stop', stop_reason: endOfText });
  expect(engine.submitted[0]!.stopIds).toEqual([endOfText]);
});

test.each([{ stop: ' sat' }, { stop_token_ids: [sat] }])(
  'what ended the text is shown where it was asked for: %j',
  async (stop) => {
    const { app } = await serve(foxes);
    const body = { prompt: 'A', include_stop_str_in_output: true, ...stop };
    expect((await choice(app, body)).text).toBe(' a fox sat');
  },
);

test('a stop string within a token is shown, and what comes after it is not', async () => {
  const { app } = await serve(foxes);
  const body = { prompt: 'A', include_stop_str_in_output: true, stop: 'x s' };
  expect((await choice(app, body)).text).toBe(' a fox s');
});

test('end-of-text is never shown, unless special tokens are not to be skipped', async () => {
  const { app } = await serve({ script: () => [...says(' a'), endOfText, ...says(' b')] });
  const body = { prompt: 'A', max_tokens: 3, ignore_eos: true };
  expect((await choice(app, body)).text).toBe(' a b');
  const shown = await choice(app, { ...body, skip_special_tokens: false });
  expect(shown.text).toBe(' a<|endoftext|> b');
  const stopped = await choice(app, { prompt: 'A', skip_special_tokens: false });
  expect(stopped.text).toBe(' a');
});

test('stop strings count from the token after the minimum on', async () => {
  const { app } = await serve({ script: () => says(' a fox a fox a') });
  const answer = await choice(app, { prompt: 'A', stop: ' fox', min_tokens: 2 });
  expect(answer).toMatchObject({ text: ' a fox a', finish_reason: 'stop' });
});

test('before the minimum nothing that ends a text can be drawn', async () => {
  const { app, engine } = await serve(foxes);
  await choice(app, { prompt: 'A', stop_token_ids: [sat], min_tokens: 2 });
  expect(engine.submitted[0]!.sampling.adjustments).toMatchObject({
    minTokens: 2,
    idsAfterMinimum: Int32Array.of(endOfText, sat),
  });
});

test('token ids of the text are sent where they are asked for, the last one included', async () => {
  const { app } = await serve(foxes);
  const body = { prompt: 'Once upon', stop: ' sat', return_token_ids: true };
  const answer = await choice(app, body);
  expect(answer.token_ids).toEqual(says(' a fox sat'));
  expect(answer.prompt_token_ids).toEqual(says('Once upon'));
  expect(answer.logprobs).toBeNull();
});

test('in a stream, token ids come with their text, and those of the prompt come first', async () => {
  const { app } = await serve(foxes);
  const body = { prompt: 'Once upon', echo: true, stop: ' sat', return_token_ids: true };
  const parts = await chunks(app, body);
  expect(parts.map(({ token_ids }) => token_ids)).toEqual([says(' a'), says(' fox'), [sat]]);
  expect(parts.map(({ prompt_token_ids }) => prompt_token_ids)).toEqual([
    says('Once upon'),
    undefined,
    undefined,
  ]);
  expect(joined(parts)[0]).toEqual(await choice(app, body));
});
