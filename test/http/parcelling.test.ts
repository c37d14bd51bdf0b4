// However the tokens are parcelled on their way, the pieces of a stream are together the whole answer:
// text, token ids and every array of the log-probabilities.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { WireChoice } from '../../src/http/wire.ts';
import { choicesOf, joined } from './answer.ts';
import { complete, serve, tokenizer, turn } from './harness.ts';
import { openSocket } from './socket-client.ts';

const text = fc
  .array(fc.constantFrom(' a', ' fox', 'é', '🦊', '👩‍👧', '\n\n', 'sat', '<|endoftext|>', ' x'), {
    minLength: 1,
    maxLength: 8,
  })
  .map((words) => words.join(''));

/** Whole texts, texts whose last character is not complete, and any ids at all. */
const generated = fc.oneof(
  text.map((whole) => tokenizer.encode(whole)),
  text.map((whole) => tokenizer.encode(`${whole}🦊`).slice(0, -1)),
  fc.array(fc.integer({ min: 0, max: 50_256 }), { minLength: 1, maxLength: 12 }),
);

const asked = fc.record(
  {
    prompt: fc.oneof(text, fc.constant(''), generated),
    n: fc.integer({ min: 1, max: 3 }),
    max_tokens: fc.integer({ min: 1, max: 14 }),
    echo: fc.boolean(),
    logprobs: fc.integer({ min: 0, max: 3 }),
    return_token_ids: fc.boolean(),
    stop: fc.array(fc.constantFrom(' a fox', 'fox', '🦊', '\n', 'sat', '\ufffd'), { maxLength: 3 }),
    stop_token_ids: fc.array(fc.constantFrom(...tokenizer.encode(' a fox\n\n sat')), {
      maxLength: 2,
    }),
    include_stop_str_in_output: fc.boolean(),
    ignore_eos: fc.boolean(),
    skip_special_tokens: fc.boolean(),
    min_tokens: fc.integer({ min: 0, max: 1 }),
  },
  { requiredKeys: ['max_tokens', 'logprobs'] },
);

async function answers(body: object, ids: number[], parcels: readonly number[]): Promise<string> {
  const { app, engine } = await serve({ pace: 'manual', script: () => ids });
  const answer = complete(app, body);
  while (engine.submitted.length === 0) await turn();
  for (let index = 0; engine.openCount > 0; index++) {
    for (let count = 0; count < parcels[index % parcels.length]!; count++) engine.step();
    await turn();
  }
  return (await answer).body;
}

function expectSound({ text, logprobs, token_ids }: WireChoice): void {
  const { tokens, token_logprobs, top_logprobs, text_offset } = logprobs!;
  const length = [...text].length;
  expect([token_logprobs.length, top_logprobs.length, text_offset.length]).toEqual(
    Array.from({ length: 3 }, () => tokens.length),
  );
  expect(text_offset).toEqual(text_offset.toSorted((a, b) => a - b));
  expect(text_offset.every((offset) => offset >= 0 && offset <= length)).toBe(true);
  for (const [index, top] of top_logprobs.entries()) {
    if (top !== null) expect(top[tokens[index]!]).toBe(token_logprobs[index]);
  }
  if (token_ids !== undefined) expect(token_ids.length).toBeLessThanOrEqual(tokens.length);
}

test('a stream in any parcels is the whole answer in pieces', async () => {
  const parcels = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(asked, generated, parcels, async (body, ids, sizes) => {
      const whole: WireChoice[] = JSON.parse(await answers(body, ids, [100])).choices;
      const stream = choicesOf(await answers({ ...body, stream: true }, ids, sizes));
      expect(joined(stream)).toEqual(whole);
      for (const choice of whole) expectSound(choice);
      // Only the last chunk of a choice may have no text.
      for (const part of stream) expect(part.text !== '' || part.finish_reason !== null).toBe(true);
    }),
    { numRuns: 150 },
  );
});

test('the chunks of a socket are those of a stream', async () => {
  const script = () => tokenizer.encode(' a fox sat');
  const body = { prompt: 'A', echo: true, logprobs: 1, return_token_ids: true, stop: ' sat' };
  const server = await serve({ script });
  const client = await openSocket(server);
  client.send({ type: 'completion.create', id: 'a', ...body });
  const frames = (await client.untilEnd('a')).slice(0, -1);
  const choices = frames.flatMap((frame) => frame.choices as WireChoice[]);
  const answer = await complete(server.app, body);
  expect(joined(choices)).toEqual(answer.json().choices);
});
