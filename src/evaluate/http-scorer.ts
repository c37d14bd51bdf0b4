// Any server with OpenAI's completions that tells the log-probabilities of a prompt: `echo` with
// `logprobs`, and nothing generated.

import { setTimeout as pause } from 'node:timers/promises';
import { type HttpModel, refusalIn, unusable } from './http-model.ts';
import type { PromptScores, Scorer } from './scorer.ts';

/** A server that is busy is asked so often again. */
const mostAttempts = 60;

interface Logprobs {
  readonly token_logprobs: readonly (number | null)[];
  readonly top_logprobs: readonly (Readonly<Record<string, number>> | null)[] | null;
}

export class HttpScorer implements Scorer {
  readonly concurrency = 16;
  readonly #model: HttpModel;
  readonly #pause: (ms: number) => Promise<unknown>;

  constructor(model: HttpModel, wait: (ms: number) => Promise<unknown> = pause) {
    this.#model = model;
    this.#pause = wait;
  }

  async score(ids: Int32Array, _: number, wantsBest: boolean): Promise<PromptScores> {
    const { token_logprobs: own, top_logprobs: top } = await this.#ask(ids);
    const count = ids.length - 1;
    const logprobs = new Float32Array(count); // [tokens - 1]
    const isBest = new Uint8Array(wantsBest ? count : 0); // [tokens - 1]
    for (let index = 0; index < count; index++) {
      const logprob = own[index + 1];
      if (typeof logprob !== 'number') {
        throw unusable(this.#model, 'tells no log-probability of some tokens of a prompt');
      }
      logprobs[index] = logprob;
      // By the token's text it may not be told from another of the same text; by its number it can.
      if (wantsBest) isBest[index] = logprob >= bestOf(top?.[index + 1]) ? 1 : 0;
    }
    return { logprobs, isBest };
  }

  async #ask(ids: Int32Array): Promise<Logprobs> {
    const body = { prompt: [...ids], max_tokens: 0, echo: true, logprobs: 1, temperature: 0 };
    for (let attempt = 1; ; attempt++) {
      const reply = await this.#model.post('/v1/completions', { model: this.#model.name, ...body });
      const isBusy = reply.status === 429 || reply.status === 503;
      if (isBusy && attempt < mostAttempts) {
        await this.#pause(1000 * Number(reply.headers.get('retry-after') ?? 1) || 1000);
        continue;
      }
      const text = await reply.text();
      if (!reply.ok) throw unusable(this.#model, refusalIn(reply.status, text));
      const logprobs = JSON.parse(text).choices?.[0]?.logprobs;
      if (logprobs?.token_logprobs?.length === ids.length) return logprobs;
      throw unusable(this.#model, 'tells no log-probabilities of prompts (echo with logprobs)');
    }
  }
}

function bestOf(top: Readonly<Record<string, number>> | null | undefined): number {
  return Math.max(...Object.values(top ?? {}), Number.NEGATIVE_INFINITY);
}
