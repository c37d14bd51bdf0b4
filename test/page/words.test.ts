// What the page makes of numbers, settings, metrics and errors before a reader sees them.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KvasirError } from '../../client/errors.ts';
import { rowsOf, tokenFacts } from '../../src/page/candidate-facts.ts';
import { engineState } from '../../src/page/exposition.ts';
import { percent, short } from '../../src/page/numbers.ts';
import { goOnRequest, scoreRequest, writeRequest } from '../../src/page/requests.ts';
import {
  fromQuery,
  type Settings,
  samplingFields,
  settingNames,
  toQuery,
  usualSettings,
} from '../../src/page/settings.ts';
import { mostPoints, sparkline } from '../../src/page/sparkline.ts';
import { sayable, spell } from '../../src/page/spelling.ts';
import { levels, surpriseLevel } from '../../src/page/surprise.ts';
import { perplexityOf, type Token } from '../../src/page/token.ts';
import { Trouble, troubleOf } from '../../src/page/trouble.ts';
import { Vocabulary } from '../../src/page/vocabulary.ts';
import { serve } from '../http/harness.ts';

test.each([
  [0, '100 %'],
  [Math.log(0.9999), '99.9 %'],
  [Math.log(0.1234), '12.3 %'],
  [Math.log(0.0123), '1.2 %'],
  [Math.log(0.0002), '0.020 %'],
  [Math.log(5e-7), '1 in 2.0 million'],
  [-9999, '0 %'],
])('a log-probability of %d is shown as %s', (logprob, shown) => {
  expect(percent(logprob)).toBe(shown);
});

test.each([
  [8.64, '8.6'],
  [123.4, '123'],
  [2991.3, '2,991'],
  [1_234_567, '1.2 million'],
  [4.5e10, '45 billion'],
])('%d is shown as %s', (value, shown) => {
  expect(short(value)).toBe(shown);
});

test('surprise has as many levels as the legend', () => {
  expect(surpriseLevel(null)).toBe(0);
  expect(
    [0.9, 0.3, 0.05, 0.01, 0.001, 1e-6].map((share) => surpriseLevel(Math.log(share))),
  ).toEqual([0, 1, 2, 3, 4, 5]);
  expect(levels).toHaveLength(6);
});

test('perplexity is of the tokens that have a probability', () => {
  const of = (...logprobs: (number | null)[]) =>
    perplexityOf(logprobs.map((logprob) => ({ logprob })));
  expect(of(null)).toBe(null);
  expect(of(null, Math.log(0.5), Math.log(0.125))).toBeCloseTo(4);
});

test.each([
  [' fox', '␣fox', ' fox'],
  ['\n\n', '⏎⏎', 'line break line break'],
  ['bytes: \\xf0\\x9f', '20 f0 9f', 'bytes 20 f0 9f'],
])('all of the token %j can be seen and said', (name, shown, said) => {
  expect(
    spell(name)
      .map(({ text }) => text)
      .join(''),
  ).toBe(shown);
  expect(sayable(name)).toBe(said);
});

describe('the candidates of a token', () => {
  const candidates = Array.from({ length: 20 }, (_, id) => ({ id, logprob: -id - 1 }));
  const token = (id: number): Token => ({ id, text: 'x', logprob: -id - 1, candidates });

  test('are ten, with the one that was taken', () => {
    const rows = rowsOf(token(3));
    expect(rows.map(({ rank }) => rank)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(rows.filter(({ isChosen }) => isChosen).map(({ id }) => id)).toEqual([3]);
  });

  test.each([
    [14, 15, /rank 15/],
    [77, null, /not among the 20 likeliest/],
  ])('have it behind them where it is less likely', (id, rank, words) => {
    expect(rowsOf(token(id)).slice(10)).toEqual([{ id, logprob: -id - 1, rank, isChosen: true }]);
    expect(tokenFacts(token(id))).toMatch(words);
  });

  test('are none where nothing comes before it', () => {
    expect(rowsOf({ ...token(3), logprob: null, candidates: [] })).toEqual([]);
  });
});

describe('settings', () => {
  const values = fc.record(
    Object.fromEntries(settingNames.map((name) => [name, fc.string()])) as Record<
      keyof Settings,
      fc.Arbitrary<string>
    >,
  );

  test('are in a link what they are in the form', () => {
    fc.assert(
      fc.property(values, (settings) => {
        expect(fromQuery(new URLSearchParams(toQuery(settings)))).toEqual(settings);
      }),
    );
  });

  test('leave the link alone where they are as usual', () => {
    expect(toQuery(usualSettings())).toBe('');
  });

  test('are sent as the API has them', () => {
    const settings = { ...usualSettings(), seed: '7', n: '', stop: '\\n\\n\nThe end\n' };
    expect(samplingFields(settings)).toEqual({
      temperature: 0.8,
      top_p: 1,
      top_k: 40,
      max_tokens: 120,
      n: 1,
      seed: 7,
      stop: ['\n\n', 'The end'],
    });
  });

  test.each([
    ['writing', { ...writeRequest('Once', usualSettings()), stream: true }],
    ['going on', { ...goOnRequest([7454], usualSettings(), 99), stream: true }],
    ['scoring', scoreRequest('Once upon')],
  ])('the request for %s is one that the server takes', async (_, payload) => {
    const { app } = await serve({}, {});
    const response = await app.inject({
      method: 'POST',
      url: '/v1/completions',
      payload: { ...payload, ...('temperature' in payload && { max_tokens: 2 }) },
    });
    expect(response.statusCode, response.body).toBe(200);
  });
});

test("the engine's state is read from the server's own metrics", async () => {
  const { app } = await serve();
  const payload = { prompt: 'Once', max_tokens: 1 };
  await app.inject({ method: 'POST', url: '/v1/completions', payload });
  const state = engineState((await app.inject('/metrics')).body);
  expect(state).toMatchObject({ runningCount: 0, waitingCount: 0, generatedCount: 1 });
  expect(state.rows!.count).toBeGreaterThan(0);
});

test('a cache that is not made of rows is told by its share', () => {
  const state = engineState('vllm:kv_cache_usage_perc{model_name="m"} 0.25\n');
  expect(state).toMatchObject({ rows: null, usedShare: 0.25 });
});

test('a curve ends at the right and stays in its frame', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(500), { maxLength: mostPoints }), (values) => {
      const points = [...sparkline(values).matchAll(/([\d.-]+),([\d.-]+)/g)];
      expect(points).toHaveLength(mostPoints);
      expect(Number(points.at(-1)![1])).toBe(60);
      for (const [, x, y] of points) {
        expect(Number(x)).toBeGreaterThanOrEqual(0);
        expect(Number(y)).toBeGreaterThanOrEqual(0);
        expect(Number(y)).toBeLessThanOrEqual(20);
      }
    }),
  );
});

describe('the vocabulary', () => {
  test('asks for each name once, one request after another', async () => {
    const asked: (readonly number[])[] = [];
    let openCount = 0;
    const vocabulary = new Vocabulary(async (ids) => {
      expect(++openCount).toBe(1);
      asked.push(ids);
      await Promise.resolve();
      openCount--;
      return ids.map((id) => `name ${id}`);
    });
    await Promise.all([vocabulary.learn([1, 2]), vocabulary.learn([2, 3]), vocabulary.learn([4])]);
    await vocabulary.learn([1, 4]);
    expect(asked.flat().toSorted()).toEqual([1, 2, 3, 4]);
    expect(vocabulary.nameOf(3)).toBe('name 3');
    expect(vocabulary.nameOf(5)).toBe(null);
  });

  test('asks again for what it was not told', async () => {
    let isThere = false;
    const vocabulary = new Vocabulary(async (ids) => {
      if (!isThere) throw new Error('gone');
      return ids.map(String);
    });
    await expect(vocabulary.learn([1])).rejects.toThrow('gone');
    isThere = true;
    await vocabulary.learn([1]);
    expect(vocabulary.nameOf(1)).toBe('1');
  });
});

test.each([
  [
    new KvasirError('queue_full', 'the queue is full', { status: 429, retryAfter: 1 }),
    'refused',
    'The queue is full. Try again in a second.',
  ],
  [new KvasirError('missing_api_key', 'show a key', { status: 401 }), 'key', 'Show a key.'],
  [new KvasirError('connection_failed', 'fetch failed'), 'lost', /cannot be reached/],
  [new KvasirError('connection_lost', 'terminated'), 'lost', /connection was lost/],
  [new DOMException('late', 'TimeoutError'), 'lost', /took too long/],
])('%s is a sentence', (error, kind, sentence) => {
  const trouble = troubleOf(error) as Trouble;
  expect(trouble).toBeInstanceOf(Trouble);
  expect(trouble.kind).toBe(kind);
  expect(trouble.message).toMatch(sentence);
});

test('what is our own fault is no trouble of the server', () => {
  const fault = new RangeError('a fault');
  expect(troubleOf(fault)).toBe(fault);
});
