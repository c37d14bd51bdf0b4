// Completions as tests read them: whole, or a stream put together again.

import type { FastifyInstance } from 'fastify';
import { expect } from 'vitest';
import type { WireChoice, WireCompletion } from '../../src/http/wire.ts';
import { complete } from './harness.ts';

export async function whole(app: FastifyInstance, body: object): Promise<WireCompletion> {
  const response = await complete(app, body);
  expect(response.statusCode, response.body).toBe(200);
  return response.json();
}

export async function choice(app: FastifyInstance, body: object): Promise<WireChoice> {
  return (await whole(app, body)).choices[0]!;
}

export async function chunks(app: FastifyInstance, body: object): Promise<WireChoice[]> {
  const response = await complete(app, { ...body, stream: true });
  expect(response.statusCode, response.body).toBe(200);
  return choicesOf(response.body);
}

/** The choices of a stream's chunks, as they came. */
export function choicesOf(body: string): WireChoice[] {
  expect(body.endsWith('data: [DONE]\n\n')).toBe(true);
  const events = body.split('\n\n').slice(0, -2);
  return events.flatMap((event) => {
    const { error, choices } = JSON.parse(event.replace('data: ', ''));
    expect(error).toBeUndefined();
    return choices;
  });
}

/** What the chunks of each choice are together. */
export function joined(parts: readonly WireChoice[]): WireChoice[] {
  const byIndex = new Map<number, WireChoice>();
  for (const part of parts) {
    const before = byIndex.get(part.index);
    expect(before?.finish_reason ?? null).toBeNull();
    byIndex.set(part.index, before === undefined ? part : join(before, part));
  }
  return [...byIndex.values()].sort((a, b) => a.index - b.index);
}

function join(before: WireChoice, part: WireChoice): WireChoice {
  const { logprobs, token_ids } = before;
  return {
    ...before,
    text: before.text + part.text,
    logprobs: logprobs && {
      text_offset: [...logprobs.text_offset, ...part.logprobs!.text_offset],
      token_logprobs: [...logprobs.token_logprobs, ...part.logprobs!.token_logprobs],
      tokens: [...logprobs.tokens, ...part.logprobs!.tokens],
      top_logprobs: [...logprobs.top_logprobs, ...part.logprobs!.top_logprobs],
    },
    finish_reason: part.finish_reason,
    stop_reason: part.stop_reason,
    ...(token_ids && { token_ids: [...token_ids, ...part.token_ids!] }),
  };
}
