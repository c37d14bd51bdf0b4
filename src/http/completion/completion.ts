// A completion under way: reads the tokens of all its choices and tells what comes of them, choice by
// choice. Whoever reads the events carries them out; how a transport puts them does not matter here.

import type { TokenStream } from '../../engine/engine.ts';
import {
  type FinishReason,
  noScores,
  type PromptNews,
  type TokenScores,
} from '../../engine/protocol.ts';
import type { ServeError } from '../../errors.ts';
import type { Choice, Piece } from './choice.ts';
import { gather } from './gather.ts';
import type { CompletionRequest, Usage } from './request.ts';
import type { TokenNames } from './token-names.ts';

/** A piece of a choice; its text is never empty, unless the choice finishes. */
export interface CompletionEvent extends Piece {
  readonly choiceIndex: number;
  /** With the first event of a choice; else null. */
  readonly prompt: ReadPrompt | null;
}

export interface ReadPrompt {
  readonly ids: Int32Array;
  /** Of the second token and those after it, where they were asked for; else of none. */
  readonly scores: TokenScores;
}

/** Told of each prompt's processing, each choice's first token and, exactly once, of its end. */
export interface ChoiceObserver {
  /** The choice is the first of its prompt. */
  promptProcessed(choiceIndex: number): void;
  firstToken(choiceIndex: number): void;
  ended(choiceIndex: number, reason: FinishReason, tokenCount: number): void;
}

export interface CompletionOrigin {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly request: CompletionRequest;
  readonly tokenNames: TokenNames;
}

export class Completion {
  readonly origin: CompletionOrigin;
  readonly #streams: readonly TokenStream[];
  readonly #choices: readonly Choice[];
  readonly #observer: ChoiceObserver;
  readonly #cut = new AbortController();
  /** Of each prompt that was read, by the index of its first sample. */
  readonly #news = new Map<number, PromptNews>();
  /** The choices that had an event. */
  readonly #told = new Set<number>();
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

  /** All that was generated counts, returned or not; a prompt counts once, whatever its samples. */
  get usage(): Usage {
    const sum = (counts: Iterable<number>) =>
      [...counts].reduce((total, count) => total + count, 0);
    return {
      promptTokens: sum(this.origin.request.prompts.map(({ ids }) => ids.length)),
      completionTokens: sum(this.#choices.map(({ tokenCount }) => tokenCount)),
      cachedTokens: sum([...this.#news.values()].map(({ cachedTokenCount }) => cachedTokenCount)),
    };
  }

  /** How likely each choice is, per token; of use where scores were asked for. */
  get meanLogprobs(): readonly number[] {
    return this.#choices.map(({ meanLogprob }) => meanLogprob);
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
    const { prompts, sampleCount } = this.origin.request;
    for await (const { index, batch } of gather(this.#streams, sampleCount)) {
      if (this.#cut.signal.aborted) break;
      const choice = this.#choices[index]!;
      if (choice.finish !== null) continue;
      const leader = index - (index % sampleCount);
      if (index === leader && batch.prompt !== null) {
        this.#news.set(leader, batch.prompt);
        this.#observer.promptProcessed(leader);
      }
      const news = this.#news.get(leader) ?? null;
      const isFirst = choice.tokenCount === 0;
      const piece = choice.take(batch, news);
      if (isFirst && choice.tokenCount > 0) this.#observer.firstToken(index);
      const { text, finish } = piece;
      if (finish !== null) this.#observer.ended(index, finish, choice.tokenCount);
      // A stop string ended the text; the engine does not know of it yet.
      if (finish !== null && batch.finish === null) this.#streams[index]!.abort();
      if (text === '' && finish === null) continue;
      const { ids } = prompts[leader / sampleCount]!;
      const prompt = this.#told.has(index) ? null : { ids, scores: news?.scores ?? noScores };
      this.#told.add(index);
      yield { ...piece, choiceIndex: index, prompt };
    }
    if (this.#failure !== null) throw this.#failure;
  }
}
