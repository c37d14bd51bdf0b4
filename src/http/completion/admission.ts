// What a request is checked against, and what comes of it.

import type { Tokenizer } from '../../tokenizer/tokenizer.ts';
import type { Seed } from '../surroundings.ts';
import type { CompletionRequest, Delivery } from './request.ts';
import type { ServedModel } from './served-model.ts';

export interface Admission {
  readonly model: ServedModel;
  readonly tokenizer: Tokenizer;
  /** Sequences that may be open at once, of all requests together. */
  readonly maxSequences: number;
  readonly openCount: () => number;
  readonly freshSeed: () => Seed;
  /** Of a completion that does not say how many it may have; fewer where there is no room for them. */
  readonly usualMaxTokens: number;
}

export interface Admitted {
  readonly request: CompletionRequest;
  readonly delivery: Delivery;
}

/** Throws `ServeError` for what cannot be done. */
export type Admit = (given: unknown, admission: Admission) => Promise<Admitted>;
