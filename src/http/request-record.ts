// One completion request from its arrival to its end: what is measured of it, when it must end, and
// that the log has it once.

import type { NewSequence, TokenStream } from '../engine/engine.ts';
import type { FinishReason } from '../engine/protocol.ts';
import { ServeError } from '../errors.ts';
import type { Caller } from './caller.ts';
import type { ChoiceObserver, Completion } from './completion/completion.ts';
import { setDeadlines } from './deadlines.ts';
import type { LedgerOptions } from './ledger.ts';
import { phaseTimes } from './phase-times.ts';
import { logRequest } from './request-log.ts';

/** What the engine was asked to do for a request; a stream for each sequence, in the same order. */
export interface Submission {
  readonly sequences: readonly NewSequence[];
  readonly streams: readonly TokenStream[];
  /** Sequences for each prompt. */
  readonly sampleCount: number;
}

export interface Work extends Submission {
  readonly completion: Completion;
  readonly finishReasons: FinishReason[];
  readonly tokenCounts: number[];
}

export class RequestRecord implements ChoiceObserver {
  readonly caller: Caller;
  readonly #body: unknown;
  readonly #options: LedgerOptions;
  readonly #onEnd: () => void;
  readonly #arrivedMs: number;
  #work: Work | null = null;
  #cancelDeadlines = () => {};
  /** Why it was to end before it had begun. */
  #verdict: ServeError | null = null;

  constructor(caller: Caller, body: unknown, options: LedgerOptions, onEnd: () => void) {
    this.caller = caller;
    this.#body = body;
    this.#options = options;
    this.#onEnd = onEnd;
    this.#arrivedMs = options.surroundings.nowMs();
  }

  isCalled(name: string): boolean {
    const { completionId, requestId } = this.caller;
    return [requestId, this.#work?.completion.origin.id ?? completionId].includes(name);
  }

  /** Ends it with this error; its client is told. */
  end(error: ServeError): void {
    this.#verdict ??= error;
    this.#work?.completion.fail(error);
  }

  begin(completion: Completion, submission: Submission): void {
    const { surroundings, limits, metrics } = this.#options;
    this.#work = { ...submission, completion, finishReasons: [], tokenCounts: [] };
    this.#cancelDeadlines = setDeadlines(
      this.#arrivedMs,
      submission.streams,
      limits,
      surroundings,
      (error) => this.end(error),
    );
    metrics.requests.requestStarted(submission.sampleCount);
    if (this.#verdict !== null) completion.fail(this.#verdict);
  }

  promptProcessed(index: number): void {
    const { promptIds } = this.#work!.sequences[index]!;
    this.#options.metrics.requests.promptProcessed(promptIds.length);
  }

  firstToken(): void {
    this.#options.metrics.requests.firstToken(this.#sinceArrivalMs);
  }

  ended(index: number, reason: FinishReason, generatedTokenCount: number): void {
    const { sequences, streams, finishReasons, tokenCounts } = this.#work!;
    const { promptIds, maxTokens } = sequences[index]!;
    finishReasons[index] = reason;
    tokenCounts[index] = generatedTokenCount;
    this.#options.metrics.requests.sequenceEnded({
      reason,
      promptTokenCount: promptIds.length,
      generatedTokenCount,
      maxTokens,
      timesMs: phaseTimes(streams[index]!.times, this.#arrivedMs, this.#sinceArrivalMs),
    });
  }

  /** The client has all of it, or left. */
  close(outcome: 'ok' | 'aborted'): void {
    this.#over(outcome, null);
  }

  /** It was refused, or ended early. */
  fail(error: unknown): void {
    const { refusals } = this.#options;
    if (this.#work === null) refusals.count(error);
    else refusals.except(error);
    this.#over(error instanceof ServeError ? error.code : 'internal_error', error);
  }

  get #sinceArrivalMs(): number {
    return this.#options.surroundings.nowMs() - this.#arrivedMs;
  }

  #over(outcome: string, error: unknown): void {
    const { metrics, logPrompts } = this.#options;
    this.#cancelDeadlines();
    this.#onEnd();
    metrics.requests.requestEnded(outcome);
    if (this.#work !== null) this.#promptsEnded(this.#work);
    logRequest({
      caller: this.caller,
      outcome,
      error,
      arrivedMs: this.#arrivedMs,
      totalMs: this.#sinceArrivalMs,
      work: this.#work,
      shownBody: logPrompts ? this.#body : null,
    });
  }

  #promptsEnded({ tokenCounts, sampleCount }: Work): void {
    for (let first = 0; first < tokenCounts.length; first += sampleCount) {
      const ofPrompt = tokenCounts.slice(first, first + sampleCount);
      this.#options.metrics.requests.promptEnded(Math.max(...ofPrompt));
    }
  }
}
