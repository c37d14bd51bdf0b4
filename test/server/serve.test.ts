// The whole program as a process of its own, over real sockets: what a client sees, and what becomes
// of its rows when it goes.

import http from 'node:http';
import net from 'node:net';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Server, scrape, startServer, total } from '../../bench/server.ts';
import { temporaryFolder } from '../support/folders.ts';
import { oracle } from '../support/storyteller.ts';

let server: Server;
beforeAll(async () => {
  server = await startServer('--cache-directory', temporaryFolder(), '--max-running', '4');
});
afterAll(async () => {
  await server.stop();
});

const completions = () => new URL('/v1/completions', server.url);

async function post(body: object): Promise<Response> {
  return await fetch(completions(), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

async function usedRows(): Promise<number> {
  return total(await scrape(server), 'kvasir:cache_rows', 'state="used"');
}

/** Polls what cannot announce itself: another process's state. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 50_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('it did not come to that in 50 seconds');
  }
}

const endless = { max_tokens: 1000, ignore_eos: true, prompt: 'Once upon a time' };

describe('a completion', () => {
  test('is the text of the greedy ids, streamed or not', async () => {
    const prompt = oracle.prompts[0]!;
    const body = { prompt: prompt.ids, max_tokens: 20, temperature: 0 };
    const whole = (await (await post(body)).json()) as OpenAI.Completion;
    const ids = await fetchIds(whole.choices[0]!.text);
    expect(ids).toEqual(prompt.greedy_ids.slice(0, 20));
    expect(whole.choices[0]!.finish_reason).toBe('length');

    const streamed = await (await post({ ...body, stream: true })).text();
    expect(streamedText(streamed)).toBe(whole.choices[0]!.text);
    expect(streamed.endsWith('data: [DONE]\n\n')).toBe(true);
  });

  test('with a seed is the same alone and among others', async () => {
    const body = { prompt: 'The king said', max_tokens: 30, seed: 7, temperature: 0.9, top_k: 40 };
    const text = async (request: object) =>
      ((await (await post(request)).json()) as OpenAI.Completion).choices[0]!.text;
    const alone = await text(body);
    const others = Array.from({ length: 6 }, (_, seed) => text({ ...body, seed: 100 + seed }));
    expect(await text(body)).toBe(alone);
    expect(new Set(await Promise.all(others)).size).toBe(6);
  });
});

/** The ids of a text, by making it a prompt and asking the oracle's own vocabulary. */
async function fetchIds(text: string): Promise<number[]> {
  const { createTokenizer } = await import('../../src/tokenizer/tokenizer.ts');
  return createTokenizer('gpt2', 50257).encode(text);
}

function streamedText(body: string): string {
  return body
    .split('\n\n')
    .filter((event) => event.startsWith('data: {'))
    .map((event) => JSON.parse(event.slice('data: '.length)).choices[0]?.text ?? '')
    .join('');
}

describe('the official OpenAI client', () => {
  const client = () =>
    new OpenAI({ baseURL: new URL('/v1', server.url).href, apiKey: 'none', maxRetries: 0 });

  test('gets a completion', async () => {
    const reply = await client().completions.create({
      model: 'storyteller',
      prompt: 'Once upon a time',
      max_tokens: 10,
      temperature: 0,
    });
    expect(reply.choices[0]!.text.length).toBeGreaterThan(0);
    expect(reply.usage).toMatchObject({ prompt_tokens: 4, completion_tokens: 10 });
  });

  test('streams the same text that it gets whole, with usage last', async () => {
    const body = { model: 'storyteller', prompt: 'In the forest', max_tokens: 12, seed: 3 };
    const whole = await client().completions.create(body);
    let text = '';
    let usage: OpenAI.CompletionUsage | null | undefined;
    const stream = await client().completions.create({
      ...body,
      stream: true,
      stream_options: { include_usage: true },
    });
    for await (const chunk of stream) {
      text += chunk.choices[0]?.text ?? '';
      usage = chunk.usage ?? usage;
    }
    expect(text).toBe(whole.choices[0]!.text);
    // The second time, the prompt may be in the cache.
    const { prompt_tokens_details: _, ...counts } = whole.usage!;
    expect(usage).toMatchObject(counts);
  });

  test('raises the error that the server explains', async () => {
    const wrong = client().completions.create({
      model: 'storyteller',
      prompt: 'x',
      temperature: 7,
    });
    await expect(wrong).rejects.toMatchObject({ status: 400, param: 'temperature' });
  });

  test('lists the model', async () => {
    const models = await client().models.list();
    expect(models.data.map(({ id }) => id)).toEqual(['storyteller']);
  });
});

describe('a client that leaves', () => {
  test('in the middle of a stream frees its rows', async () => {
    const controller = new AbortController();
    const reply = await fetch(completions(), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...endless, stream: true, n: 2 }),
      signal: controller.signal,
    });
    await reply.body!.getReader().read();
    await until(async () => (await usedRows()) === 2);
    controller.abort();
    await until(async () => (await usedRows()) === 0);
  });

  test('while it waits for a whole reply frees its row', async () => {
    const request = http.request(completions(), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    request.on('error', () => {});
    request.end(JSON.stringify(endless));
    await until(async () => (await usedRows()) === 1);
    request.destroy();
    await until(async () => (await usedRows()) === 0);
  });

  test('while it is queued leaves the queue', async () => {
    const waiting = async () => total(await scrape(server), 'vllm:num_requests_waiting');
    const requests = Array.from({ length: 6 }, () => {
      const request = http.request(completions(), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
      });
      request.on('error', () => {});
      request.end(JSON.stringify(endless));
      return request;
    });
    await until(async () => (await waiting()) === 2);
    for (const request of requests) request.destroy();
    await until(async () => (await waiting()) === 0 && (await usedRows()) === 0);
  });
});

test('a reader that does not read holds up nobody, and gets everything in the end', async () => {
  const body = JSON.stringify({ ...endless, max_tokens: 900, stream: true });
  const slow = net.connect(Number(server.url.port), server.url.hostname);
  slow.pause();
  slow.write(
    `POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  const other = (await (await post({ prompt: 'The end', max_tokens: 5 })).json()) as object;
  expect(other).toHaveProperty('choices');
  await until(async () => (await usedRows()) === 0);
  let received = '';
  for await (const piece of slow) received += piece;
  expect(received).toContain('data: [DONE]');
  expect(received).toContain('"finish_reason":"length"');
});

test('every metric is there after real work, and the numbers add up', async () => {
  const before = await scrape(server);
  await post({ prompt: [1, 2, 3, 4, 5], max_tokens: 7, ignore_eos: true });
  const after = await scrape(server);
  const grown = (name: string) => total(after, name) - total(before, name);
  expect(grown('vllm:prompt_tokens_total')).toBe(5);
  expect(grown('vllm:generation_tokens_total')).toBe(7);
  expect(grown('vllm:time_to_first_token_seconds_count')).toBe(1);
  expect(grown('vllm:inter_token_latency_seconds_count')).toBe(6);
  expect(grown('vllm:e2e_request_latency_seconds_count')).toBe(1);
});

test('the tokens of a prompt that is only scored are counted', async () => {
  const before = total(await scrape(server), 'vllm:prompt_tokens_total');
  await post({ prompt: [9, 8, 7, 6], max_tokens: 0, echo: true, logprobs: 0, n: 1 });
  expect(total(await scrape(server), 'vllm:prompt_tokens_total') - before).toBe(4);
});
