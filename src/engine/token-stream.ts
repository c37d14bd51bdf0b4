// The reader's end of one sequence. What arrives between two reads waits as bare ids, so a slow
// reader holds back nobody and costs a few bytes a token.

import type { ServeError } from '../errors.ts';
import type { TokenBatch, TokenStream } from './engine.ts';
import type { FinishReason, PromptNews, TokenScore } from './protocol.ts';

export class PendingTokens implements TokenStream {
  readonly #onAbort: () => void;
  #ids: number[] = [];
  #scores: TokenScore[] = [];
  #prompt: PromptNews | null = null;
  #finish: FinishReason | null = null;
  #failure: ServeError | null = null;
  /** The last batch was read, or the reader left. */
  #over = false;
  #wake: (() => void) | null = null;

  constructor(onAbort: () => void) {
    this.#onAbort = onAbort;
  }

  /** A token that comes after the end (an abort crossed its way) is dropped. */
  push(id: number, score: TokenScore | null): void {
    if (this.#finish !== null) return;
    this.#ids.push(id);
    if (score !== null) this.#scores.push(score);
    this.#wakeReader();
  }

  /** Waits for the token that follows from the prompt, or for the end. */
  tell(prompt: PromptNews): void {
    this.#prompt = prompt;
  }

  /** No more tokens; the first ending stands. */
  finish(reason: FinishReason): void {
    this.#finish ??= reason;
    this.#wakeReader();
  }

  fail(error: ServeError): void {
    this.#failure ??= error;
    this.finish('error');
  }

  abort(): void {
    if (this.#finish !== null) return;
    this.finish('abort');
    this.#onAbort();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TokenBatch> {
    try {
      while (!this.#over) {
        if (this.#ids.length === 0 && this.#finish === null) await this.#arrival();
        if (this.#failure !== null) throw this.#failure;
        const batch: TokenBatch = {
          ids: this.#ids,
          scores: this.#scores,
          prompt: this.#prompt,
          finish: this.#finish,
        };
        this.#ids = [];
        this.#scores = [];
        this.#prompt = null;
        this.#over = batch.finish !== null;
        yield batch;
      }
    } finally {
      this.#over = true;
      this.abort();
    }
  }

  #arrival(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #wakeReader(): void {
    this.#wake?.();
    this.#wake = null;
  }
}
