// Completions of a model with a vocabulary of its own: what is put around prompts, special tokens, ids
// without a token, several ends of texts or none.

import { expect, test } from 'vitest';
import { detectTokenizer } from '../../export/checkpoint/tokenizer.ts';
import { TokenNames } from '../../src/http/completion/token-names.ts';
import { VocabularyTokenizer } from '../../src/tokenizer/vocabulary-tokenizer.ts';
import { choice, chunks, joined, whole } from './answer.ts';
import { complete, serve } from './harness.ts';
import type { ScriptedOptions } from './scripted-engine.ts';
import type { Words } from './scripted-facts.ts';

const size = 410; // four more than there are tokens
const { vocabulary } = detectTokenizer('test/fixtures/vocabularies/bytes', size);
const tokenizer = new VocabularyTokenizer(vocabulary!, size);
const [begin, end, endOfText, user] = ['<s>', '</s>', '<|endoftext|>', '<user>'].map(
  (text) => tokenizer.encode(text)[0]!,
) as [number, number, number, number];

const spaced = detectTokenizer('test/fixtures/vocabularies/spaces', 330);
const ofSpaces = new VocabularyTokenizer(spaced.vocabulary!, 330);

const usual: Words = {
  vocabularySize: size,
  bosTokenId: begin,
  eosTokenIds: [end, endOfText],
  tokenizer: 'bpe',
};

const says = (text: string) => tokenizer.encode(text);

function open(
  script: readonly number[],
  words: Partial<Words> = {},
  options: ScriptedOptions = {},
) {
  const scripted = { script: () => script, words: { ...usual, ...words }, ...options };
  return serve(scripted, {}, undefined, tokenizer);
}

test('a prompt is framed, unless it is not to be; ids are as they were sent', async () => {
  const { app, engine } = await open([end]);
  await whole(app, { prompt: 'The harbour', max_tokens: 1 });
  await whole(app, { prompt: 'The harbour', max_tokens: 1, add_special_tokens: false });
  await whole(app, { prompt: says('The harbour'), max_tokens: 1 });
  await whole(app, { prompt: '', max_tokens: 1 });
  await whole(app, { prompt: '', max_tokens: 1, add_special_tokens: false });
  expect(engine.submitted.map(({ promptIds }) => [...promptIds])).toEqual([
    [begin, ...says('The harbour'), end],
    says('The harbour'),
    says('The harbour'),
    [begin, end],
    [begin],
  ]);
});

test('the frame has no text where the prompt is echoed, but its tokens are told', async () => {
  const { app } = await open(says(' lay'));
  const body = { prompt: 'The', echo: true, max_tokens: 1, logprobs: 0 };
  const { text, logprobs } = await choice(app, body);
  const first = tokenizer.decode(says(' lay').slice(0, 1));
  expect(text).toBe(`The${first}`);
  expect(logprobs!.tokens).toEqual(['<s>', 'The', '</s>', first]);
  expect(logprobs!.text_offset).toEqual([0, 0, 3, 3]);
  expect((await choice(app, { ...body, logprobs: undefined })).text).toBe(text);
  expect(joined(await chunks(app, body))[0]!.text).toBe(text);
});

test('a prompt that is cut loses its frame on that side first', async () => {
  const { app, engine } = await open([end]);
  const ids = [begin, ...says('The harbour'), end];
  const body = { prompt: 'The harbour', echo: true, max_tokens: 1 };
  const left = await choice(app, { ...body, truncate_prompt_tokens: 3 });
  const right = await choice(app, { ...body, truncate_prompt_tokens: 3, truncation_side: 'right' });
  expect(engine.submitted.map(({ promptIds }) => [...promptIds])).toEqual([
    ids.slice(-3),
    ids.slice(0, 3),
  ]);
  expect([left.text, right.text]).toEqual([' harbour', 'The ']);
});

test('special tokens are skipped, all of them, or shown', async () => {
  const { app } = await open([...says('a<user>'), begin, ...says('<|end|>b'), 408]);
  const body = { prompt: 'A', max_tokens: 6, ignore_eos: true };
  expect((await choice(app, body)).text).toBe('a<user><|end|>b');
  const shown = await choice(app, { ...body, skip_special_tokens: false });
  expect(shown.text).toBe('a<user><s><|end|>b');
  expect(tokenizer.isSpecial(user)).toBe(false);
});

test.each([
  ['each of several ends', [end, endOfText], end, ''],
  ['the other of them', [end, endOfText], endOfText, ''],
  ['no other token', [endOfText], end, 'b'],
])('%s ends a text', async (_, eosTokenIds, id, rest) => {
  const { app, engine } = await open([...says('a'), id, ...says('b'), endOfText], { eosTokenIds });
  const answer = await choice(app, { prompt: 'A', max_tokens: 8 });
  expect(answer).toMatchObject({ text: `a${rest}`, finish_reason: 'stop', stop_reason: null });
  expect(engine.submitted[0]!.stopIds).toEqual(eosTokenIds);
});

test('a model without ends of texts writes as much as it may', async () => {
  const { app, engine } = await open(says('aa'), { eosTokenIds: [] });
  const answer = await choice(app, { prompt: 'A', max_tokens: 2, min_tokens: 1 });
  expect(answer).toMatchObject({ text: 'aa', finish_reason: 'length' });
  expect(engine.submitted[0]!.stopIds).toEqual([]);
});

test('without a token to begin with, a prompt must have one', async () => {
  const { app } = await open([end], { bosTokenId: null });
  const response = await complete(app, { prompt: '', add_special_tokens: false });
  expect(response.statusCode).toBe(400);
  expect(response.json().error.message).toContain('this model has none that begins a text');
});

test('ids are those of the model, with a token or without', async () => {
  const { app } = await open([408]);
  const answer = await choice(app, { prompt: [409], max_tokens: 1, logprobs: 0, echo: true });
  expect(answer.text).toBe('');
  expect(answer.logprobs!.tokens).toEqual(['token_id:409', 'token_id:408']);
  for (const body of [
    { logit_bias: { 410: 1 } },
    { stop_token_ids: [410] },
    { allowed_token_ids: [410] },
    { prompt: [410] },
  ]) {
    const response = await complete(app, { prompt: 'A', ...body });
    expect(response.statusCode).toBe(400);
    expect(response.json().error.message).toMatch(/410/);
  }
});

test('tokens of the same text are told apart by name', () => {
  const { tokens, added } = vocabulary!;
  const twin = { ...added.find(({ text }) => text === '<user>')!, id: 406, text: ' the' };
  const base = tokens.indexOf('Ġthe');
  const doubled = new VocabularyTokenizer({ ...vocabulary!, added: [...added, twin] }, size);
  const names = new TokenNames(doubled, false);
  expect([base, 406, 407, begin].map((id) => names.of(id))).toEqual([
    ' the',
    'token_id:406',
    'token_id:407',
    '<s>',
  ]);
  const all = Array.from({ length: size }, (_, id) => names.of(id));
  expect(new Set(all).size).toBe(size);
});

test('the tokenizer says what it puts around a text, and who reads its files', async () => {
  const { app } = await open([end]);
  const tokenize = async (body: object) =>
    (await app.inject({ method: 'POST', url: '/tokenize', payload: body })).json();
  const framed = await tokenize({ prompt: 'The<user>', return_token_strs: true });
  expect(framed.token_strs).toEqual(['<s>', 'The', '<user>', '</s>']);
  const bare = await tokenize({ prompt: 'The', add_special_tokens: false });
  expect(bare).toMatchObject({ tokens: says('The'), max_model_len: 64 });
  expect((await app.inject('/tokenizer_info')).json()).toMatchObject({
    tokenizer_class: 'PreTrainedTokenizerFast',
    vocab_size: size,
    bos_token: '<s>',
    eos_token: '</s>',
    eos_token_id: end,
    unk_token: null,
    add_bos_token: true,
  });
});

test('where spaces are marks, a text that goes on keeps the one it begins with', async () => {
  const ids = ofSpaces.encode('the light');
  const words: Words = { vocabularySize: 330, bosTokenId: 1, eosTokenIds: [2], tokenizer: 'bpe' };
  const { app } = await serve({ script: () => [...ids, 2], words }, {}, undefined, ofSpaces);
  const body = { prompt: 'the light', echo: true, max_tokens: 20 };
  expect((await choice(app, body)).text).toBe('the light the light');
  expect(joined(await chunks(app, body))[0]!.text).toBe('the light the light');
  expect((await choice(app, { ...body, echo: false, stop: ' li' })).text).toBe(' the');
});
