// What is noted of one completion request while it is under way.

import type { NewSequence, TokenStream } from '../engine/engine.ts';
import type { FinishReason } from '../engine/protocol.ts';
import { ServeError } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import type { ChoiceObserver, Completion } from './completion/completion.ts';
import type { Caller } from './ledger.ts';

/** What the engine was asked to do for a request; a stream for each sequence, in the same order. */
export interface Submission {
  readonly sequences: readonly NewSequence[];
  readonly streams: readonly TokenStream[];
  /** Sequences for each prompt. */
  readonly sampleCount: number;
}

export class RequestRecord implements ChoiceObserver {
  readonly caller: Caller;
  readonly #metrics: Metrics;
  readonly #nowMs: () => number;
  readonly #arrivedMs: number;
  #submission: Submission | null = null;

  constructor(caller: Caller, metrics: Metrics, nowMs: () => number) {
    this.caller = caller;
    this.#metrics = metrics;
    this.#nowMs = nowMs;
    this.#arrivedMs = nowMs();
  }

  begin(_completion: Completion, submission: Submission): void {
    this.#submission = submission;
  }

  firstToken(index: number): void {
    const { sequences, sampleCount } = this.#submission!;
    const isFirstSample = index % sampleCount === 0;
    const promptTokenCount = isFirstSample ? sequences[index]!.promptIds.length : 0;
    this.#metrics.firstToken(this.#nowMs() - this.#arrivedMs, promptTokenCount);
  }

  ended(_index: number, reason: FinishReason, _tokenCount: number): void {
    this.#metrics.choiceEnded(reason, this.#nowMs() - this.#arrivedMs);
  }

  /** The client has all of it, or left. */
  close(outcome: 'ok' | 'aborted'): void {
    this.#metrics.requestEnded(outcome);
  }

  /** It was refused, or ended early. */
  fail(error: unknown): void {
    this.#metrics.requestEnded(error instanceof ServeError ? error.code : 'internal_error');
  }
}
