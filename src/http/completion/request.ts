// A completion as everything past validation sees it: nothing optional, nothing left to check, no
// words of any transport.

import type { SamplingParameters } from '../../sampling/parameters.ts';
import type { StopStrings } from '../../tokenizer/stop.ts';

export interface Prompt {
  readonly ids: Int32Array; // at least one, and room for maxTokens more
  readonly maxTokens: number; // 0: the prompt is read, and nothing generated
  /** So many of its tokens were put before and behind what was given, and have no text themselves. */
  readonly framed: { readonly before: number; readonly behind: number };
}

export interface CompletionRequest {
  /** What it is called because the client says so; null where it does not. */
  readonly completionId: string | null;
  readonly prompts: readonly Prompt[];
  /** Texts generated for each prompt; sequence `index` is sample `index % sampleCount` of its prompt. */
  readonly sampleCount: number;
  /** Choices returned for each prompt: all of its samples, or so many of the likeliest. */
  readonly returnedCount: number;
  readonly ending: Ending;
  readonly sampling: Omit<SamplingParameters, 'sampleIndex'>;
  readonly details: Details;
  readonly cacheSalt: string;
  readonly priority: number;
}

/** Where a text ends, and what of its end is shown. */
export interface Ending {
  readonly stopIds: readonly number[];
  readonly stopStrings: StopStrings;
  /** What comes with the first so many tokens cannot end the text. */
  readonly minTokens: number;
  /** The stop string, or the text of the stop token, belongs to the text. */
  readonly keepsStop: boolean;
  /** The end-of-text token ends the text, and is not a reason worth naming. */
  readonly endsAtEos: boolean;
  /** Special tokens that do not end the text, the ends of texts among them, are shown in it. */
  readonly showsSpecial: boolean;
}

/** What a choice carries besides its text. */
export interface Details {
  readonly echo: boolean;
  /** Log-probabilities of the tokens shown, and of so many alternatives; null: none. */
  readonly logprobCount: number | null;
  /** The same for the tokens of the prompt, apart from the text. */
  readonly promptLogprobCount: number | null;
  readonly tokenIds: boolean;
  /** Tokens are named by their ids instead of their texts. */
  readonly namesAreIds: boolean;
}

/** How the client wants to be answered. `usage`: on the last chunk alone, or running on each. */
export interface Delivery {
  readonly stream: boolean;
  readonly usage: 'never' | 'last' | 'every';
}

export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
  /** Tokens of the prompts that did not have to be computed. */
  readonly cachedTokens: number;
}
