// The reader's end of one sequence. What arrives between two reads waits as bare ids, so a slow
// reader holds back nobody and costs a few bytes a token.

import type { ServeError } from '../errors.ts';
import type { SequenceTimes, TokenBatch, TokenStream } from './engine.ts';
import type { FinishReason, PromptNews, TokenScore } from './protocol.ts';

export class PendingTokens implements TokenStream {
  readonly #onAbort: () => void;
  readonly #nowMs: () => number;
  readonly #times: { -readonly [K in keyof SequenceTimes]: SequenceTimes[K] } = {
    startedMs: null,
    firstTokenMs: null,
    lastTokenMs: null,
  };
  #ids: number[] = [];
  #scores: TokenScore[] = [];
  #prompt: PromptNews | null = null;
  #finish: FinishReason | null = null;
  #failure: ServeError | null = null;
  /** The last batch was read, or the reader left. */
  #over = false;
  #wake: (() => void) | null = null;

  constructor(onAbort: () => void, nowMs = () => performance.now()) {
    this.#onAbort = onAbort;
    this.#nowMs = nowMs;
  }

  get times(): SequenceTimes {
    return this.#times;
  }

  /** It left the queue that long ago. */
  start(agoMs: number): void {
    this.#times.startedMs = this.#nowMs() - agoMs;
  }

  /** A token that comes after the end (an abort crossed its way) is dropped. */
  push(id: number, score: TokenScore | null): void {
    if (this.#finish !== null) return;
    this.#ids.push(id);
    this.#times.lastTokenMs = this.#nowMs();
    this.#times.firstTokenMs ??= this.#times.lastTokenMs;
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
    if (this.#finish !== null) return;
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
