// How much of the prompts that wait goes into the next prefill step, so that those who read along
// keep their pace. Prefill and decode steps take turns, and each prompt that could begin gets as long
// as one decode step takes: beside a single one texts go on at half their pace, while a crowd gets
// most of the time and soon reads along. Is told how long steps took, and looks at no clock.

import { invariant } from '../errors.ts';
import { TypicalTime } from '../typical-time.ts';
import { exception, RunTime } from './run-time.ts';

/** Whoever arrives or leaves is noticed between steps. */
export const longestStepMs = 250;

/** Below this nearly all of a step's time is the run's fixed cost, and nobody would gain. */
export const leastTokens = 16;

/** What a prefill step may have. */
export interface PrefillBudget {
  /** Padding included. */
  readonly tokens: number;
  /** For the sake of a prompt that ends with it. */
  readonly mostTokens: number;
  /** What a run of its own costs, in tokens. */
  readonly tokensPerRun: number;
}

export class Pace {
  readonly #mostTokens: number;
  readonly #prefill = new RunTime();
  readonly #decode = new TypicalTime(exception);

  constructor(mostTokens: number) {
    invariant(mostTokens > 1, 'a chunk of one token would use the decode kernel');
    this.#mostTokens = mostTokens;
  }

  /** The steps took so long, in milliseconds; 0 where nobody looked. */
  notePrefill(tokenCount: number, ms: number): void {
    this.#prefill.note(tokenCount, ms);
  }

  noteDecode(ms: number): void {
    this.#decode.note(ms);
  }

  /**
   * Of the next prefill step, for so many prompts that have a row or could have one. As large as may
   * be, while nothing is known.
   */
  budget(promptCount: number, isAnyDecoding: boolean): PrefillBudget {
    const { tokensPerRun } = this.#prefill;
    const mostTokens = this.#mostTokens;
    if (!this.#prefill.isKnown) return { tokens: mostTokens, mostTokens, tokensPerRun };
    const ms = this.#stepMs(promptCount, isAnyDecoding);
    const wished = Math.max(leastTokens, Math.floor(this.#prefill.tokensWithin(ms)));
    return { tokens: Math.min(wished, mostTokens), mostTokens, tokensPerRun };
  }

  #stepMs(promptCount: number, isAnyDecoding: boolean): number {
    if (!isAnyDecoding || this.#decode.ms === 0) return longestStepMs;
    return Math.min(this.#decode.ms * promptCount, longestStepMs);
  }
}
