// A completion under way: reads the tokens of all its choices and tells what comes of them, choice by
// choice. Whoever reads the events carries them out; how a transport puts them does not matter here.

import type { TokenStream } from '../../engine/engine.ts';
import type { FinishReason } from '../../engine/protocol.ts';
import type { ServeError } from '../../errors.ts';
import type { Choice } from './choice.ts';
import { gather } from './gather.ts';
import type { Usage } from './request.ts';

export interface CompletionEvent {
  readonly choiceIndex: number;
  /** Never empty, unless the choice finishes. */
  readonly text: string;
  readonly finish: FinishReason | null;
}

/** Told of each choice's first token and, exactly once, of its end. */
export interface ChoiceObserver {
  firstToken(choiceIndex: number): void;
  ended(choiceIndex: number, reason: FinishReason, tokenCount: number): void;
}

export interface CompletionOrigin {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly promptTokens: number;
}

export class Completion {
  readonly origin: CompletionOrigin;
  readonly #streams: readonly TokenStream[];
  readonly #choices: readonly Choice[];
  readonly #observer: ChoiceObserver;
  readonly #cut = new AbortController();
  #failure: ServeError | null = null;

  /** A stream for each choice, in the same order. */
  constructor(
    origin: CompletionOrigin,
    choices: readonly Choice[],
    streams: readonly TokenStream[],
    observer: ChoiceObserver,
  ) {
    this.origin = origin;
    this.#choices = choices;
    this.#streams = streams;
    this.#observer = observer;
  }

  get choiceCount(): number {
    return this.#choices.length;
  }

  get usage(): Usage {
    const completionTokens = this.#choices.reduce((sum, { tokenCount }) => sum + tokenCount, 0);
    return { promptTokens: this.origin.promptTokens, completionTokens };
  }

  /** Fires when the work ends before its time: nobody should wait for a slow reader any more. */
  get cut(): AbortSignal {
    return this.#cut.signal;
  }

  /** Nobody wants the rest. */
  get isAborted(): boolean {
    return this.#cut.signal.aborted && this.#failure === null;
  }

  /** Ends the work; the events end without another one. */
  abort(): void {
    if (this.#cut.signal.aborted) return;
    for (const stream of this.#streams) stream.abort();
    this.#cut.abort();
  }

  /** Ends the work; the events end with this error. */
  fail(error: ServeError): void {
    if (this.#cut.signal.aborted) return;
    this.#failure = error;
    this.abort();
  }

  /** Whatever has not ended ends now, for this reason. */
  close(reason: FinishReason): void {
    this.abort();
    for (const [index, choice] of this.#choices.entries()) {
      if (choice.end(reason)) this.#observer.ended(index, reason, choice.tokenCount);
    }
  }

  /** To be read once. Leaving the loop ends the work. */
  async *events(): AsyncGenerator<CompletionEvent> {
    for await (const { index, batch } of gather(this.#streams)) {
      if (this.#cut.signal.aborted) break;
      const choice = this.#choices[index]!;
      if (choice.finish !== null) continue;
      const isFirst = choice.tokenCount === 0;
      const { text, finish } = choice.take(batch);
      if (isFirst && choice.tokenCount > 0) this.#observer.firstToken(index);
      if (finish !== null) this.#observer.ended(index, finish, choice.tokenCount);
      // A stop string ended the text; the engine does not know of it yet.
      if (finish !== null && batch.finish === null) this.#streams[index]!.abort();
      if (text !== '' || finish !== null) yield { choiceIndex: index, text, finish };
    }
    if (this.#failure !== null) throw this.#failure;
  }
}
