// The reader's end of one sequence. What arrives between two reads waits as bare ids, so a slow
// reader holds back nobody and costs a few bytes a token.

import type { ServeError } from '../errors.ts';
import type { TokenBatch, TokenStream } from './engine.ts';
import type { FinishReason } from './protocol.ts';

export class PendingTokens implements TokenStream {
  readonly #onAbort: () => void;
  #ids: number[] = [];
  #finish: FinishReason | null = null;
  #failure: ServeError | null = null;
  /** The last batch was read, or the reader left. */
  #over = false;
  #wake: (() => void) | null = null;

  constructor(onAbort: () => void) {
    this.#onAbort = onAbort;
  }

  /** A token that comes after the end (an abort crossed its way) is dropped. */
  push(id: number): void {
    if (this.#finish !== null) return;
    this.#ids.push(id);
    this.#wakeReader();
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
        const batch: TokenBatch = { ids: this.#ids, finish: this.#finish };
        this.#ids = [];
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
