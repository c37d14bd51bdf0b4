// From a request that was admitted to a completion under way: what the engine is asked for, and a
// choice for each of its streams.

import type { Engine, NewSequence, TokenStream } from '../../engine/engine.ts';
import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import { Choice } from './choice.ts';
import { type ChoiceObserver, Completion, type CompletionOrigin } from './completion.ts';
import type { CompletionRequest } from './request.ts';
import { sequencesOf } from './sequences.ts';
import type { ServedModel } from './served-model.ts';
import { TokenNames } from './token-names.ts';

export interface Started {
  readonly completion: Completion;
  readonly sequences: readonly NewSequence[];
  /** One for each sequence, in the same order. */
  readonly streams: readonly TokenStream[];
}

export class CompletionStarter {
  readonly #engine: Engine;
  readonly #tokenizer: Tokenizer;
  readonly #model: ServedModel;
  readonly #textNames: TokenNames;
  readonly #idNames: TokenNames;

  constructor(engine: Engine, tokenizer: Tokenizer, model: ServedModel) {
    this.#engine = engine;
    this.#tokenizer = tokenizer;
    this.#model = model;
    this.#textNames = new TokenNames(tokenizer, false);
    this.#idNames = new TokenNames(tokenizer, true);
  }

  /** Throws `ServeError`: queue_full, engine_stopped. */
  start(
    request: CompletionRequest,
    { id, created }: Pick<CompletionOrigin, 'id' | 'created'>,
    observer: ChoiceObserver,
  ): Started {
    const sequences = sequencesOf(request);
    const streams = this.#engine.submit(sequences);
    const tokenNames = request.details.namesAreIds ? this.#idNames : this.#textNames;
    const choices = streams.map((_, index) => this.#choiceOf(request, index));
    const origin = { id, created, request, tokenNames };
    return { completion: new Completion(origin, choices, streams, observer), sequences, streams };
  }

  #choiceOf({ prompts, sampleCount, ending, details }: CompletionRequest, index: number): Choice {
    return new Choice({
      tokenizer: this.#tokenizer,
      eosTokenIds: this.#model.eosTokenIds,
      ending,
      keepsTokens: details.logprobCount !== null || details.tokenIds,
      echoed: details.echo ? prompts[Math.floor(index / sampleCount)]! : null,
    });
  }
}
