// A completion as everything past validation sees it: nothing optional, nothing left to check, no
// words of any transport.

import type { SamplingParameters } from '../../sampling/parameters.ts';

export interface Prompt {
  readonly ids: Int32Array; // at least one, and room for maxTokens more
  readonly maxTokens: number;
}

export interface CompletionRequest {
  readonly prompts: readonly Prompt[];
  /** Choices for each prompt; choice `index` is sample `index % sampleCount` of its prompt. */
  readonly sampleCount: number;
  readonly stopIds: readonly number[];
  readonly stopStrings: readonly string[];
  readonly sampling: Omit<SamplingParameters, 'sampleIndex'>;
}

/** How the client wants to be answered. `usage`: on the last chunk alone, or running on each. */
export interface Delivery {
  readonly stream: boolean;
  readonly usage: 'never' | 'last' | 'every';
}

export interface Usage {
  readonly promptTokens: number;
  readonly completionTokens: number;
}
